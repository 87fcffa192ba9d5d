/** How many people's presence is followed at a time. */
const MOST_PEOPLE = 100;
/** While one types, this is said again; the server drops what comes within 2 s. */
const TYPING_EVERY_MILLIS = 3_000;

/** Who is present, of those whom the page shows. */
export class People {
  #connection;
  #onChange;
  #followed = new Map();

  constructor(connection, onChange) {
    this.#connection = connection;
    this.#onChange = onChange;
  }

  /** `online`, `away`, `busy`, `offline` or `unknown`. */
  of(user) {
    return this.#followed.get(user)?.status ?? 'unknown';
  }

  /** Follows these, the first hundred of them, and nobody else. */
  follow(users) {
    const wanted = new Set([...new Set(users)].slice(0, MOST_PEOPLE));
    for (const [user, { subscription }] of this.#followed) {
      if (!wanted.has(user)) {
        subscription.unsubscribe();
        this.#followed.delete(user);
      }
    }
    for (const user of wanted) {
      if (!this.#followed.has(user)) {
        const person = { status: 'unknown', subscription: null };
        this.#followed.set(user, person);
        person.subscription = this.#connection.subscribe(
          `/topic/presence/${encodeURIComponent(user)}`,
          {
            onMessage: ({ status }) => {
              person.status = status;
              this.#onChange();
            },
          },
        );
      }
    }
  }

  /** The connection is gone: nobody knows. */
  forget() {
    for (const person of this.#followed.values()) {
      person.status = 'unknown';
    }
    this.#onChange();
  }
}

/** Who is typing in the conversation that is open, and what the others are told of this person. */
export class TypingPeople {
  #connection;
  #me;
  #onChange;
  #subscription = null;
  #typing = new Map();
  #saidAt = new Map();

  constructor(connection, me, onChange) {
    this.#connection = connection;
    this.#me = me;
    this.#onChange = onChange;
  }

  /** Follows one conversation, or none where it is null. */
  follow(conversation) {
    this.#subscription?.unsubscribe();
    this.#subscription = null;
    this.#typing.forEach(clearTimeout);
    this.#typing.clear();
    if (conversation !== null) {
      this.#subscription = this.#connection.subscribe(
        `/topic/conversations/${encodeURIComponent(conversation)}/typing`,
        { onMessage: ({ user, forMillis }) => this.#heard(user, forMillis) },
      );
    }
  }

  /** Their names, the first to begin first. */
  get names() {
    return [...this.#typing.keys()];
  }

  /** This user has sent something, so what they typed is there. */
  sent(user) {
    this.#heard(user, 0);
  }

  /** This person has written into a conversation, or emptied what was written. */
  wrote(conversation, text) {
    const now = Date.now();
    const said = this.#saidAt.get(conversation);
    if (text === '') {
      if (said !== undefined) {
        this.#saidAt.delete(conversation);
        this.#say(conversation, { typing: false });
      }
    } else if (said === undefined || now - said >= TYPING_EVERY_MILLIS) {
      this.#saidAt.set(conversation, now);
      this.#say(conversation, {});
    }
  }

  #say(conversation, body) {
    this.#connection.tell(`/app/conversations/${encodeURIComponent(conversation)}/typing`, body);
  }

  #heard(user, forMillis) {
    if (user === this.#me) {
      return;
    }
    const before = this.#typing.get(user);
    clearTimeout(before);
    if (forMillis > 0) {
      this.#typing.set(user, setTimeout(() => this.#heard(user, 0), forMillis));
    } else {
      this.#typing.delete(user);
    }
    if ((before === undefined) === (forMillis > 0)) {
      this.#onChange();
    }
  }
}
