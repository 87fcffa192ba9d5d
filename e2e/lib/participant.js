import { oneOf } from './random.js';
import { TEMPORARY } from './rest.js';
import { PERSISTENT, stompClient } from './stomp.js';
import { pause } from './wait.js';

const EMOJI = ['👍', '🎉', '👀'];

const RETRY_MILLIS = 1_000;

/** A session that lives is answered within this; what is not is sent again, and a broken promise. */
const ANSWER_MILLIS = 45_000;

/** Of each conversation, how many of the last messages are replied and reacted to. */
const LAST_MESSAGES = 30;

/**
 * One person in some conversations: connects to any of several addresses, again and again, resumes
 * where it stopped, and sends again until each request is answered. Keeps all that was delivered
 * and answered, and notes each promise that it sees broken.
 */
export class Participant {
  /** What is wrong: a text each. */
  broken = [];

  /** Conversation to its events, as they were delivered. */
  delivered = new Map();

  /** What was acknowledged: requests, with the `sequence` of the answer. */
  acknowledged = [];

  /** What was refused for good: requests, with the `code`, and when in ms. */
  refused = [];

  /** Conversation to how far it was read. */
  read = new Map();

  /** Watched user to the last status that was told. */
  presence = new Map();

  sent = 0;
  resends = 0;
  connections = 0;

  /** Code to how often a request was refused for now, and how often a session was ended. */
  refusals = new Map();

  #unanswered = new Map();
  #subscribes = new Map();
  #edited = new Set();
  #reactions = new Set();
  #watched;

  /**
   * @param rest for this user
   * @param addresses where it may connect
   * @param conversations which it is in
   * @param random for its choices
   * @param timelines `receipts` and `deliveries`
   * @param options `inbox`: whether it listens to its inbox instead of to each conversation;
   *     `watched`: users whose presence it follows
   */
  constructor(rest, addresses, conversations, random, timelines, { inbox = false, watched = [] }) {
    this.rest = rest;
    this.user = rest.user;
    this.conversations = conversations;
    this.random = random;
    this.timelines = timelines;
    this.inbox = inbox;
    this.#watched = watched;
    this.delivered = new Map(conversations.map((conversation) => [conversation, []]));
    this.client = stompClient(() => (this.address = oneOf(random, addresses)), rest.token, {
      ...PERSISTENT,
      onConnect: () => this.#connected(),
      onStompError: (frame) => this.#ended(frame),
      onUnhandledReceipt: (frame) => this.#answered(frame.headers),
    });
    this.client.activate();
    this.clock = setInterval(() => this.#impatient(), 1_000);
  }

  get unanswered() {
    return [...this.#unanswered.values()];
  }

  /** The sequence of the last event that was delivered, -1 where none was. */
  last(conversation) {
    return this.delivered.get(conversation).length - 1;
  }

  stop() {
    clearInterval(this.clock);
    return this.client.deactivate();
  }

  // --- Sending

  /** Sends a message, or does what people do to messages. */
  act() {
    const conversation = oneOf(this.random, this.conversations);
    const chance = this.random(100);
    if (chance < 12) {
      this.#reply(conversation);
    } else if (chance < 26) {
      this.#react(conversation);
    } else if (chance < 30) {
      this.#takeBack();
    } else if (chance < 36) {
      this.#edit();
    } else if (chance < 40) {
      this.#delete();
    } else if (chance < 48) {
      this.#markRead(conversation);
    } else {
      this.#message(conversation);
    }
  }

  #message(conversation) {
    this.#request(conversation, 'message', 'messages', (id) => ({ body: id, clientMessageId: id }));
  }

  #reply(conversation) {
    const message = this.#anyMessage(conversation);
    if (message !== undefined) {
      const path = `messages/${message}/replies`;
      const body = (id) => ({ body: id, clientMessageId: id });
      this.#request(conversation, 'reply', path, body, { message });
    }
  }

  #react(conversation) {
    const message = this.#anyMessage(conversation);
    const emoji = oneOf(this.random, EMOJI);
    const reaction = `${conversation}@${message} ${emoji}`;
    if (message !== undefined && !this.#reactions.has(reaction)) {
      this.#reactions.add(reaction);
      const path = `messages/${message}/react`;
      this.#request(conversation, 'reaction', path, () => ({ emoji }), { message, emoji });
    }
  }

  /** Not of a request that was sent twice: the second, late, would add it anew. */
  #takeBack() {
    const reaction = this.acknowledged.find(
      ({ kind, attempts, takenBack }) => kind === 'reaction' && attempts === 1 && !takenBack,
    );
    if (reaction) {
      reaction.takenBack = true;
      const { conversation, message, emoji } = reaction;
      const path = `messages/${message}/unreact`;
      this.#request(conversation, 'taking back', path, () => ({ emoji }), { message, emoji });
    }
  }

  /** Once for each message: an edit that is sent again must not undo a later one. */
  #edit() {
    const own = this.#own().filter(({ id }) => !this.#edited.has(id));
    if (own.length > 0) {
      const { id, conversation, sequence } = oneOf(this.random, own);
      this.#edited.add(id);
      const path = `messages/${sequence}/edit`;
      this.#request(conversation, 'edit', path, (edit) => ({ body: edit }), { message: sequence });
    }
  }

  /** Perhaps what is deleted already: that is answered as the first time. */
  #delete() {
    const own = this.#own();
    if (own.length > 0) {
      const { conversation, sequence } = oneOf(this.random, own);
      const path = `messages/${sequence}/delete`;
      this.#request(conversation, 'deletion', path, () => ({}), { message: sequence });
    }
  }

  #own() {
    return this.acknowledged.filter(({ kind }) => kind === 'message' || kind === 'reply');
  }

  #markRead(conversation) {
    const upTo = this.last(conversation);
    if (upTo >= 0) {
      this.#request(conversation, 'marker', 'read', () => ({ upTo }), { upTo });
    }
  }

  #anyMessage(conversation) {
    const messages = this.delivered
      .get(conversation)
      .filter(({ type }) => type === 'MessageSent')
      .slice(-LAST_MESSAGES);
    return messages.length === 0 ? undefined : oneOf(this.random, messages).sequence;
  }

  #request(conversation, kind, path, body, more = {}) {
    const id = `${this.user}-${this.sent++}`;
    const request = {
      id,
      kind,
      conversation,
      destination: `/app/conversations/${conversation}/${path}`,
      body: body(id),
      began: Date.now(),
      attempts: 0,
      ...more,
    };
    this.#unanswered.set(id, request);
    this.#send(request);
  }

  #send(request) {
    if (!this.client.connected) {
      return; // it is sent on connecting
    }
    request.attempts++;
    request.at = Date.now();
    if (request.attempts > 1) {
      this.resends++;
    }
    this.client.publish({
      destination: request.destination,
      headers: { receipt: request.id, 'content-type': 'application/json' },
      body: JSON.stringify(request.body),
    });
  }

  #impatient() {
    for (const request of this.unanswered) {
      if (this.client.connected && request.at < Date.now() - ANSWER_MILLIS) {
        this.broken.push(`no answer within ${ANSWER_MILLIS} ms: ${JSON.stringify(request)}`);
        this.#send(request);
      }
    }
  }

  // --- What comes

  #connected() {
    this.connections++;
    this.session = Symbol();
    this.#subscribes.clear();
    this.client.subscribe('/user/queue/rejections', (message) => this.#rejected(message));
    for (const user of this.#watched) {
      this.#subscribe(`/topic/presence/${user}`, ({ body }) => {
        this.presence.set(user, JSON.parse(body).status);
      });
    }
    if (this.inbox) {
      this.#openInbox();
    } else {
      this.conversations.forEach((conversation) => this.#open(conversation));
    }
    this.unanswered.forEach((request) => this.#send(request));
  }

  /** Subscribes; where that is refused for now, again. */
  #subscribe(destination, take, { headers = () => ({}), begun = () => {} } = {}) {
    const receipt = crypto.randomUUID();
    this.#subscribes.set(receipt, {
      begun,
      again: () => this.#subscribe(destination, take, { headers, begun }),
    });
    this.client.subscribe(destination, take, { ...headers(), receipt });
  }

  #open(conversation) {
    this.#subscribe(
      `/topic/conversations/${conversation}`,
      (message) => this.#deliver(conversation, JSON.parse(message.body), message.headers),
      { headers: () => ({ after: String(this.last(conversation)) }) },
    );
  }

  #deliver(conversation, event, { type, sequence }) {
    const next = this.last(conversation) + 1;
    if (Number(sequence) !== next) {
      this.broken.push(`${conversation}: ${type} ${sequence} instead of ${next}`);
    }
    this.#take(conversation, event);
  }

  #take(conversation, event) {
    this.delivered.get(conversation).push(event);
    this.timelines.deliveries.add(Date.parse(event.at), Date.now());
  }

  /**
   * An inbox begins at the heads: what came before is read from the log once the inbox is live, and
   * what comes meanwhile waits. There must be no hole between the two.
   */
  #openInbox() {
    const { session } = this;
    const live = new Map(this.conversations.map((conversation) => [conversation, []]));
    const lasts = new Map();
    let filled = false;
    const drain = (conversation) => {
      for (const event of live.get(conversation).splice(0)) {
        if (event.sequence > this.last(conversation)) {
          this.#deliver(conversation, event, event);
        }
      }
    };
    const take = ({ headers, body }) => {
      const { conversation } = headers;
      const sequence = Number(headers.sequence);
      const before = lasts.get(conversation);
      if (before !== undefined && sequence !== before + 1) {
        this.broken.push(`inbox: ${conversation}@${sequence} behind ${before}`);
      }
      lasts.set(conversation, sequence);
      live.get(conversation).push(JSON.parse(body));
      if (filled) {
        drain(conversation);
      }
    };
    const fill = async () => {
      for (const conversation of this.conversations) {
        const missed = await this.#log(conversation, session);
        if (this.session !== session) {
          return;
        }
        missed.forEach((event) => this.#deliver(conversation, event, event));
      }
      filled = true;
      this.conversations.forEach(drain);
    };
    this.#subscribe('/user/queue/inbox', take, { begun: fill });
  }

  /** What the log has behind the last event, tried for as long as the session lasts. */
  async #log(conversation, session) {
    while (this.session === session) {
      try {
        return await this.rest.log(conversation, this.last(conversation) + 1);
      } catch {
        await pause(RETRY_MILLIS);
      }
    }
    return [];
  }

  #answered(headers) {
    const id = headers['receipt-id'];
    const subscribed = this.#subscribes.get(id);
    if (subscribed) {
      this.#subscribes.delete(id);
      subscribed.begun();
      return;
    }
    const request = this.#unanswered.get(id);
    if (request) {
      this.#unanswered.delete(id);
      request.sequence = Number(headers.sequence);
      this.acknowledged.push(request);
      if (request.kind !== 'marker') {
        this.timelines.receipts.add(request.began, Date.now());
      } else {
        this.read.set(
          request.conversation,
          Math.max(this.read.get(request.conversation) ?? -1, request.upTo),
        );
      }
    }
  }

  #rejected({ headers, body }) {
    const id = headers['receipt-id'];
    const { code } = headers;
    const { session } = this;
    const retry = (action) =>
      setTimeout(() => this.session === session && this.client.connected && action(), RETRY_MILLIS);
    const subscribe = this.#subscribes.get(id);
    const request = this.#unanswered.get(id);
    if (TEMPORARY.has(code)) {
      this.#count(code);
      if (subscribe) {
        this.#subscribes.delete(id);
        retry(subscribe.again);
      } else if (request) {
        retry(() => this.#unanswered.has(id) && this.#send(request));
      }
    } else if (subscribe) {
      this.broken.push(`a subscription was refused: ${body}`);
    } else if (request) {
      this.#unanswered.delete(id);
      this.refused.push({ ...request, code, answer: body, ended: Date.now() });
    }
  }

  /** An ERROR frame: the session is over. */
  #ended({ headers, body }) {
    this.#count(`ERROR ${headers.code ?? headers.message}`);
    if (!TEMPORARY.has(headers.code)) {
      this.broken.push(`ERROR ${JSON.stringify(headers)} ${body}`);
    }
  }

  #count(code) {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
