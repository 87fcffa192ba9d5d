import { Api, Problem, claims, devToken } from './api.js';
import { Connection } from './connection.js';
import { People, TypingPeople } from './presence.js';
import { ConversationLog, Inbox, Outbox } from './store.js';
import { mentionsIn } from './text.js';

const PAGE = 50;
const EVENTS_PAGE = 200;
/** How often a page of a very busy conversation is read before it is taken as it is. */
const SETTLE_TRIES = 4;
/** How many conversations stay loaded; the others are loaded again when they are opened. */
const KEPT_LOGS = 20;

/** A random id; `crypto.randomUUID` is not there on a page that came without TLS. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether an event changes a number that one of the messages shows. */
function counts({ type, data }, messages) {
  switch (type) {
    case 'ReactionAdded':
    case 'ReactionRemoved':
      return messages.has(data.message);
    case 'ReplySent':
      return messages.has(data.root);
    case 'MessageDeleted':
      return true; // perhaps of a reply
    default:
      return false;
  }
}

/**
 * One signed-in person's page: keeps the store up to date with the server and says what changed.
 * Views read the fields and listen to `change` events; their `detail` names the part: `inbox`,
 * `connection`, `people` (their presence), `typing`, or a conversation's id.
 */
export class App extends EventTarget {
  #session;
  #logs = new Map();
  #open = null;
  #inboxUnderWay = false;
  #inboxTimer = null;
  #filling = new Set();
  #marked = new Map();

  /**
   * @param session `{token, dev}`
   * @param onSignedOut called with a reason, or null where the person asked for it
   */
  constructor(session, { onSession, onSignedOut }) {
    super();
    this.#session = session;
    this.onSession = onSession;
    this.onSignedOut = onSignedOut;
    this.me = claims(session.token).sub;
    this.api = new Api(() => this.#freshToken());
    this.inbox = new Inbox(this.me);
    this.outbox = new Outbox(this.#savedOutbox());
    this.state = { status: 'connecting' };
    this.inboxProblem = null;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.connection = new Connection({
      url: `${scheme}://${location.host}/ws`,
      token: () => this.#freshToken(),
      onState: (state) => {
        if (this.state.status === 'online') {
          this.people.forget();
        }
        this.state = state;
        this.#changed('connection');
      },
      onUnauthenticated: () => this.#unauthenticated(),
    });
    this.people = new People(this.connection, () => this.#changed('people'));
    this.typing = new TypingPeople(this.connection, this.me, () => this.#changed('typing'));
  }

  start() {
    this.connection.subscribe('/user/queue/inbox', {
      onReady: () => this.refreshInbox(),
      onMessage: (event, headers) => this.#inboxMessage(event, headers),
    });
    for (const entry of this.outbox.all()) {
      if (entry.state !== 'rejected') {
        this.#transmit(entry);
      }
    }
    this.connection.start();
    this.refreshInbox();
  }

  signOut(reason = null) {
    this.connection.stop();
    clearTimeout(this.#inboxTimer);
    this.onSignedOut(reason);
  }

  /** Reads the list of conversations again; calls while one is under way are one. */
  async refreshInbox() {
    if (this.#inboxUnderWay) {
      return;
    }
    this.#inboxUnderWay = true;
    clearTimeout(this.#inboxTimer);
    try {
      this.inbox.load(await this.api.inbox());
      this.inboxProblem = null;
    } catch (problem) {
      this.inboxProblem = this.#problem(problem);
    } finally {
      this.#inboxUnderWay = false;
    }
    this.#followPeople();
    this.#changed('inbox');
    if (this.inbox.incomplete) {
      // The list is a view and may lag behind the event that asked for it.
      this.#inboxTimer = setTimeout(() => this.refreshInbox(), 300);
    } else if (this.inboxProblem) {
      this.#inboxTimer = setTimeout(() => this.refreshInbox(), 3_000);
    }
  }

  /** How a conversation is called: its title, or the other person. */
  nameOf(conversation) {
    const summary = this.inbox.items.get(conversation);
    const log = this.#logs.get(conversation);
    return (
      log?.title ??
      summary?.title ??
      log?.with ??
      summary?.with ??
      ((log?.kind ?? summary?.kind) === 'direct' ? 'Direct message' : 'Untitled')
    );
  }

  kindOf(conversation) {
    return this.#logs.get(conversation)?.kind ?? this.inbox.items.get(conversation)?.kind ?? null;
  }

  log(conversation) {
    return this.#logs.get(conversation) ?? null;
  }

  /**
   * Opens a conversation: loads its newest page where needed and follows it live until another is
   * opened or `close` is called. Rejects with a `Problem` where it cannot be read.
   */
  async open(conversation) {
    this.close();
    let log = this.#logs.get(conversation);
    this.#logs.delete(conversation);
    if (!log || log.closed) {
      log = new ConversationLog(conversation, this.me);
    }
    this.#logs.set(conversation, log);
    this.#trimLogs();
    const open = { log, subscription: null };
    this.#open = open;
    const least = this.inbox.items.get(conversation)?.head ?? -1;
    try {
      if (log.infoAsOf < 0) {
        log.setInfo(await this.api.info(conversation, least));
      }
      if (!log.loaded) {
        await this.#loadNewest(log, least);
      }
      if (!log.members) {
        log.addMembers(await this.api.members(conversation, { atLeast: log.head }));
      }
    } catch (problem) {
      this.#logs.delete(conversation);
      throw this.#problem(problem);
    }
    if (this.#open !== open) {
      return;
    }
    this.#follow(open);
    this.#followPeople();
    this.#changed(conversation);
  }

  /** The other person of a direct conversation, or null. */
  otherIn(conversation) {
    return (
      this.#logs.get(conversation)?.with ?? this.inbox.items.get(conversation)?.with ?? null
    );
  }

  /** Of those in the open conversation, and with whom this person talks directly, who is there. */
  #followPeople() {
    const members = [...(this.#open?.log.members?.keys() ?? [])].slice(0, 50);
    const direct = this.inbox
      .sorted()
      .map(({ conversation }) => this.otherIn(conversation))
      .filter((user) => user !== null);
    this.people.follow([...members, ...direct]);
  }

  #follow(open) {
    const { log } = open;
    this.typing.follow(log.conversation);
    open.subscription = this.connection.subscribe(
      `/topic/conversations/${encodeURIComponent(log.conversation)}`,
      {
        headers: () => ({ after: String(log.head) }),
        onMessage: (event, headers) => this.#conversationMessage(log, event, headers),
        onRejected: (problem) => this.#refused(open, problem),
      },
    );
  }

  /** A subscription that was refused for another reason than membership starts over. */
  async #refused(open, problem) {
    if (problem.code === 'not-a-member' || problem.code === 'unknown-conversation') {
      this.#lost(open.log, problem);
      return;
    }
    await this.#fill(open.log, () => this.#loadNewest(open.log));
    if (this.#open === open && !open.log.closed) {
      this.#follow(open);
    }
  }

  close() {
    this.#open?.subscription?.unsubscribe();
    this.#open = null;
    this.typing.follow(null);
  }

  /** Loads the page above the window; false where there is none or it is under way. */
  async loadOlder(log) {
    if (log.before === null || this.#filling.has(`older ${log.conversation}`)) {
      return false;
    }
    this.#filling.add(`older ${log.conversation}`);
    try {
      for (let merged = false; !merged; ) {
        const page = await this.#settled(log, (atLeast) =>
          this.api.messages(log.conversation, { before: log.before, limit: PAGE, atLeast }),
        );
        merged = log.prepend(page);
      }
    } catch (problem) {
      throw this.#problem(problem);
    } finally {
      this.#filling.delete(`older ${log.conversation}`);
    }
    this.#changed(log.conversation);
    return true;
  }

  /** Loads the next page of members. */
  async moreMembers(log) {
    log.addMembers(await this.api.members(log.conversation, { after: log.membersAfter }));
    this.#followPeople();
    this.#changed(log.conversation);
  }

  /** Loads a thread, its root included, and keeps it up to date with the conversation. */
  async loadThread(log, root) {
    const known = log.threads.has(root);
    log.openThread(root);
    if (known) {
      return;
    }
    try {
      while (!log.messages.has(root)) {
        const { items, page } = await this.#settled(log, (atLeast) =>
          this.api.messages(log.conversation, { around: root, limit: 2, atLeast }),
        );
        const view = items.find((item) => item.sequence === root);
        if (!view) {
          throw new Problem({ status: 404, detail: 'There is no such thread.' });
        }
        log.addMessage(view, page.head);
      }
      let after;
      do {
        const from = after;
        const page = await this.#settled(log, (atLeast) =>
          this.api.replies(log.conversation, root, { after: from, limit: 100, atLeast }),
        );
        if (log.addReplies(root, page)) {
          after = page.page.after ?? undefined;
        }
      } while (after !== undefined);
    } catch (problem) {
      log.threads.delete(root);
      throw this.#problem(problem);
    }
    this.#changed(log.conversation);
  }

  /** Sends a message, or a reply where `root` is a sequence. It is on the page at once. */
  send(log, root, body) {
    const authors = [...log.messages.values()].map(({ by }) => by);
    const known = [...(log.members?.keys() ?? []), ...authors];
    const entry = {
      clientMessageId: newId(),
      conversation: log.conversation,
      root,
      body,
      mentions: mentionsIn(body, known).slice(0, 50),
      at: new Date().toISOString(),
    };
    this.outbox.add(entry);
    this.#outboxChanged(log.conversation);
    this.#transmit(entry);
  }

  retry(clientMessageId) {
    this.outbox.retry(clientMessageId);
    const entry = this.outbox.get(clientMessageId);
    this.#outboxChanged(entry.conversation);
    this.#transmit(entry);
  }

  discard(clientMessageId) {
    const { conversation } = this.outbox.get(clientMessageId);
    this.outbox.remove(clientMessageId);
    this.#outboxChanged(conversation);
  }

  edit(message, log, body) {
    return this.#command(log, message, 'edit', { body });
  }

  delete(message, log) {
    return this.#command(log, message, 'delete', {});
  }

  /** Adds this person's reaction, or takes it back. */
  toggleReaction(message, log, emoji) {
    const mine = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.mine);
    return this.#command(log, message, mine ? 'unreact' : 'react', { emoji });
  }

  pin(message, log, pinned) {
    return this.api.pin(log.conversation, message.sequence, pinned);
  }

  /** This person has seen everything up to the log's head. */
  markRead(log) {
    const marked = this.#marked.get(log.conversation) ?? -1;
    const last = log.main.at(-1) ?? -1;
    const summary = this.inbox.items.get(log.conversation);
    if (last <= marked || log.closed || !(summary?.unread > 0)) {
      return;
    }
    this.#marked.set(log.conversation, last);
    this.inbox.markRead(log.conversation);
    this.#changed('inbox');
    this.connection
      .request(`/app/conversations/${encodeURIComponent(log.conversation)}/read`, { upTo: last })
      .catch(() => this.#marked.delete(log.conversation));
  }

  #command(log, message, action, body) {
    const conversation = encodeURIComponent(log.conversation);
    return this.connection.request(
      `/app/conversations/${conversation}/messages/${message.sequence}/${action}`,
      body,
    );
  }

  #transmit(entry) {
    const { clientMessageId, conversation, root, body, mentions } = entry;
    const path = `/app/conversations/${encodeURIComponent(conversation)}/messages`;
    const message = { body, clientMessageId, ...(mentions.length > 0 && { mentions }) };
    this.connection
      .request(root === null ? path : `${path}/${root}/replies`, message, clientMessageId)
      .then(
        ({ sequence }) => {
          const head = this.#logs.get(conversation)?.head ?? Infinity;
          this.outbox.acknowledge(clientMessageId, sequence, head);
        },
        (problem) => this.outbox.reject(clientMessageId, { detail: problem.message }),
      )
      .finally(() => this.#outboxChanged(conversation));
  }

  #conversationMessage(log, body, headers) {
    if (headers.type === 'HistoryGap') {
      const gap = body.data ?? body;
      this.#fill(log, () => this.#loadNewest(log, gap.to));
      return;
    }
    this.#receive(log, [body]);
  }

  #receive(log, events) {
    if (log.closed) {
      return;
    }
    let hole = null;
    const applied = [];
    for (const event of events) {
      const result = log.receive(event);
      applied.push(...result.applied);
      hole = result.hole;
    }
    for (const event of applied) {
      if (event.by === this.me && event.data.clientMessageId) {
        this.outbox.remove(event.data.clientMessageId);
        this.connection.forget(event.data.clientMessageId);
        this.#saveOutbox();
      }
      if (event.type === 'MessageSent' || event.type === 'ReplySent') {
        this.typing.sent(event.by);
      } else if (event.type === 'MembersAdded' || event.type === 'MemberRemoved') {
        this.#followPeople();
      }
      this.dispatchEvent(new CustomEvent('event', { detail: event }));
    }
    this.#resolveDeletions(log);
    if (log.closed) {
      this.#lost(log, new Problem({ detail: 'You are no longer a member of this conversation.' }));
      return;
    }
    if (hole) {
      this.#fill(log, () => this.#fetchEvents(log));
    }
    if (applied.length > 0) {
      this.#changed(log.conversation);
    }
  }

  /** One repair of a log at a time; it is tried until it succeeds or the log is given up. */
  async #fill(log, repair) {
    const key = `fill ${log.conversation}`;
    if (this.#filling.has(key)) {
      return;
    }
    this.#filling.add(key);
    try {
      for (let delay = 250; this.#logs.get(log.conversation) === log && !log.closed; delay *= 2) {
        try {
          await repair();
          break;
        } catch (problem) {
          if (problem.status >= 400 && problem.status < 500) {
            this.#lost(log, this.#problem(problem));
            break;
          }
          await new Promise((resolve) => setTimeout(resolve, Math.min(delay, 10_000)));
        }
      }
    } finally {
      this.#filling.delete(key);
    }
    this.#changed(log.conversation);
  }

  async #fetchEvents(log) {
    const { items } = await this.api.events(log.conversation, log.head + 1, EVENTS_PAGE);
    let hole = null;
    for (const event of items) {
      hole = log.receive(event).hole;
    }
    this.#resolveDeletions(log);
    this.outbox.settle(log);
    this.#changed(log.conversation);
    if (hole && items.length > 0) {
      await this.#fetchEvents(log);
    }
  }

  async #loadNewest(log, atLeast) {
    const threads = [...log.threads.keys()];
    const page = await this.#settled(
      log,
      (least) => this.api.messages(log.conversation, { limit: PAGE, atLeast: least }),
      atLeast,
    );
    const { hole } = log.load(page);
    this.outbox.settle(log);
    this.#saveOutbox();
    await Promise.all(threads.map((root) => this.loadThread(log, root)));
    if (hole) {
      await this.#fetchEvents(log);
    }
  }

  /**
   * Reads a page again until nothing it counts has changed while it was read: it holds everything
   * up to its head, but may hold a later reaction or reply too, which would then count twice.
   */
  async #settled(log, read, atLeast = log.head) {
    for (let least = atLeast, tries = 1; ; tries++) {
      const page = await read(least);
      const shown = new Set(page.items.map(({ sequence }) => sequence));
      const { items } = await this.api.events(
        log.conversation,
        page.page.head + 1,
        EVENTS_PAGE,
      );
      if (tries === SETTLE_TRIES || !items.some((event) => counts(event, shown))) {
        return page;
      }
      least = items.at(-1).sequence;
    }
  }

  /** A deletion outside the window may be that of a reply which a root inside it counts. */
  async #resolveDeletions(log) {
    for (const event of log.unresolved) {
      const target = event.data.message;
      try {
        const { root } = await this.api.message(log.conversation, target, event.sequence);
        log.resolveDeletion(event, root ?? null);
      } catch {
        log.resolveDeletion(event, null);
      }
      this.#changed(log.conversation);
    }
  }

  #lost(log, problem) {
    log.closed = true;
    this.dispatchEvent(
      new CustomEvent('lost', { detail: { conversation: log.conversation, problem } }),
    );
    this.#changed(log.conversation);
    this.refreshInbox();
  }

  #inboxMessage(event, headers) {
    if (headers.type === 'HistoryGap') {
      this.refreshInbox();
      return;
    }
    this.inbox.receive(event);
    if (event.by === this.me && event.data.clientMessageId) {
      const log = this.#logs.get(event.conversation);
      if (this.#open?.log !== log) {
        this.outbox.remove(event.data.clientMessageId);
        this.#saveOutbox();
      }
    }
    if (this.inbox.incomplete) {
      this.refreshInbox();
    }
    this.#changed('inbox');
  }

  #trimLogs() {
    for (const conversation of this.#logs.keys()) {
      if (this.#logs.size <= KEPT_LOGS) {
        return;
      }
      this.#logs.delete(conversation);
    }
  }

  /** With the development key the page renews its token by itself. */
  async #freshToken() {
    if (this.#session.dev && this.#expires()) {
      try {
        this.#session = { ...this.#session, token: await devToken(this.me) };
        this.onSession(this.#session);
      } catch {
        // The old token is tried, and refused where it is too old.
      }
    }
    return this.#session.token;
  }

  #expires() {
    const { exp } = claims(this.#session.token);
    return exp !== undefined && exp * 1000 < Date.now() + 60_000;
  }

  /** A connection ends with its token; one of development is renewed for the next connection. */
  #unauthenticated() {
    if (!(this.#session.dev && this.#expires())) {
      this.signOut('Your sign-in has expired. Please sign in again.');
    }
  }

  #problem(cause) {
    const problem = Problem.of(cause);
    if (problem.status === 401) {
      this.signOut('Your sign-in has expired. Please sign in again.');
    }
    return problem;
  }

  #savedOutbox() {
    try {
      return JSON.parse(sessionStorage.getItem(`confab.outbox.${this.me}`) ?? '[]');
    } catch {
      return [];
    }
  }

  #saveOutbox() {
    sessionStorage.setItem(`confab.outbox.${this.me}`, JSON.stringify(this.outbox.all()));
  }

  #outboxChanged(conversation) {
    this.#saveOutbox();
    this.#changed(conversation);
  }

  #changed(part) {
    this.dispatchEvent(new CustomEvent('change', { detail: part }));
  }
}
