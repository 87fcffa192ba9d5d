/**
 * What the page knows, as plain data: no DOM, no network, no clock. Everything here follows one
 * rule of the protocol: a conversation is one log of consecutive sequences, so a number that is not
 * the last plus one is either seen already or shows a hole.
 */

/** How many applied events are kept to bring pages that were under way up to date. */
const RECENT = 500;

/** A message as the page holds it, from a query's item that is folded up to `asOf`. */
function fromView(view, asOf) {
  return {
    sequence: view.sequence,
    ordinal: view.ordinal ?? 0,
    root: view.root ?? null,
    by: view.by,
    at: view.at,
    body: view.body ?? '',
    clientMessageId: view.clientMessageId ?? null,
    mentions: view.mentions ?? [],
    attachments: view.attachments ?? [],
    replyCount: view.replyCount ?? 0,
    lastReplyAt: view.lastReplyAt ?? null,
    reactions: Object.entries(view.reactions ?? {}).map(([emoji, { count, mine }]) => ({
      emoji,
      count,
      mine,
    })),
    editedAt: view.editedAt ?? null,
    deleted: view.deleted === true,
    pinned: view.pinned === true,
    asOf,
  };
}

/** A message as its event tells it. */
function fromEvent({ sequence, by, at, data }) {
  return fromView({ ...data, sequence, by, at }, sequence);
}

function react(reactions, emoji, change, mine) {
  const present = reactions.some((reaction) => reaction.emoji === emoji);
  const all = present ? reactions : [...reactions, { emoji, count: 0, mine: false }];
  return all
    .map((reaction) =>
      reaction.emoji === emoji
        ? {
            emoji,
            count: reaction.count + change,
            mine: mine === undefined ? reaction.mine : mine,
          }
        : reaction,
    )
    .filter((reaction) => reaction.count > 0);
}

/**
 * One conversation's log as far as it is loaded: a window of the main view that always reaches to
 * the head, and the threads that were opened. Messages are immutable: a change makes a new object,
 * so a view can compare by identity.
 */
export class ConversationLog {
  #recent = [];
  #ahead = new Map();
  #replyRoots = new Map();

  constructor(conversation, me) {
    this.conversation = conversation;
    this.me = me;
    /** The last sequence applied; -1 until something is loaded. */
    this.head = -1;
    /** Whether the window holds a page at all. */
    this.loaded = false;
    /** The cursor of the next older page; null where the window starts at the beginning. */
    this.before = null;
    /** Sequences of the window's messages of the main view, ascending. */
    this.main = [];
    this.messages = new Map();
    /** Root → the thread's sequences, ascending, for the threads that were opened. */
    this.threads = new Map();
    this.kind = null;
    this.title = null;
    /** The other user of a direct conversation. */
    this.with = null;
    this.memberCount = 0;
    this.myRole = null;
    /** User → member, in the order of loading; null until the first page is loaded. */
    this.members = null;
    /** The cursor of the next page of members; null where all are loaded. */
    this.membersAfter = null;
    this.infoAsOf = -1;
    this.membersAsOf = -1;
    /** Set once this user is no longer a member; nothing changes after that. */
    this.closed = false;
    /** Deletions of messages that are not loaded: each may be a reply that a loaded root counts. */
    this.unresolved = [];
  }

  /** Takes the answer of `GET …/conversations/{c}`. */
  setInfo(info) {
    this.kind = info.kind;
    this.title = info.title ?? null;
    this.with = info.with ?? null;
    this.memberCount = info.memberCount;
    this.myRole = info.myRole ?? null;
    this.infoAsOf = info.head;
    this.#recent.filter((event) => event.sequence > info.head).forEach((e) => this.#applyInfo(e));
  }

  /** Takes a page of members. */
  addMembers({ items, page }) {
    if (!this.members) {
      this.members = new Map();
      this.membersAsOf = page.head;
    }
    items.forEach((member) => this.members.set(member.user, member));
    this.membersAfter = page.after ?? null;
    this.#recent.filter((e) => e.sequence > page.head).forEach((e) => this.#applyMembers(e));
  }

  /** Starts over from the newest page. Events that came ahead of it are applied behind it. */
  load(page) {
    this.messages.clear();
    this.threads.clear();
    this.main = [];
    this.unresolved = [];
    this.#recent = [];
    this.head = page.page.head;
    this.loaded = true;
    this.before = page.page.before ?? null;
    for (const item of page.items) {
      this.#insert(fromView(item, page.page.head), this.main);
    }
    return this.#drain();
  }

  /**
   * Adds an older page in front of the window.
   *
   * @return whether it could be brought up to the log's head; if not, ask again
   */
  prepend(page) {
    if (!this.#reaches(page.page.head)) {
      return false;
    }
    for (const item of page.items) {
      this.#merge(item, page.page.head, this.main);
    }
    this.before = page.page.before ?? null;
    return true;
  }

  /** From here on the thread's replies are kept as they arrive; its pages come by `addReplies`. */
  openThread(root) {
    if (!this.threads.has(root)) {
      this.threads.set(root, []);
    }
  }

  /** Adds a page of a thread's replies; see `prepend`. */
  addReplies(root, page) {
    if (!this.#reaches(page.page.head)) {
      return false;
    }
    for (const item of page.items) {
      this.#replyRoots.set(item.sequence, root);
      this.#merge(item, page.page.head, this.threads.get(root));
    }
    return true;
  }

  /** Adds a message outside the window, such as the root of a thread that is opened by a link. */
  addMessage(view, head) {
    if (!this.#reaches(head)) {
      return false;
    }
    this.#merge(view, head, null);
    return true;
  }

  /**
   * Takes an event from the live subscription or from the log; the order and doubles do not matter.
   *
   * @return the events applied by it, in order, and the hole it shows, `{from, to}` or null
   */
  receive(event) {
    if (this.closed || event.sequence <= this.head) {
      return { applied: [], hole: null };
    }
    this.#ahead.set(event.sequence, event);
    return this.loaded ? this.#drain() : { applied: [], hole: null };
  }

  /** Says what an unresolved deletion was: a reply of `root`, or of no loaded thread (null). */
  resolveDeletion(event, root) {
    this.unresolved = this.unresolved.filter((other) => other !== event);
    const message = root === null ? undefined : this.messages.get(root);
    if (message && event.sequence > message.asOf) {
      const replyCount = Math.max(0, message.replyCount - 1);
      const lastReplyAt = replyCount === 0 ? null : message.lastReplyAt;
      this.#replace({ ...message, replyCount, lastReplyAt });
    }
  }

  /** The window of the main view, oldest first. */
  timeline() {
    return this.main.map((sequence) => this.messages.get(sequence));
  }

  /** A thread's replies, oldest first; empty where it was not opened. */
  replies(root) {
    return (this.threads.get(root) ?? []).map((sequence) => this.messages.get(sequence));
  }

  #drain() {
    const applied = [];
    for (let event; !this.closed && (event = this.#ahead.get(this.head + 1)); ) {
      this.#ahead.delete(event.sequence);
      this.#apply(event);
      applied.push(event);
    }
    for (const sequence of this.#ahead.keys()) {
      if (this.closed || sequence <= this.head) {
        this.#ahead.delete(sequence);
      }
    }
    const hole =
      this.#ahead.size === 0
        ? null
        : { from: this.head + 1, to: Math.min(...this.#ahead.keys()) - 1 };
    return { applied, hole };
  }

  #apply(event) {
    this.head = event.sequence;
    this.#recent.push(event);
    if (this.#recent.length > RECENT) {
      this.#recent.shift();
    }
    const { data } = event;
    if (event.type === 'MessageSent') {
      this.#insert(fromEvent(event), this.main);
    } else if (event.type === 'ReplySent') {
      this.#replyRoots.set(event.sequence, data.root);
      const thread = this.threads.get(data.root);
      if (thread) {
        this.#insert(fromEvent(event), thread);
      }
      this.#change(data.root, event);
    } else if (data.message !== undefined) {
      this.#change(data.message, event);
      if (event.type === 'MessageDeleted') {
        this.#uncount(event);
      }
    }
    this.#applyInfo(event);
    this.#applyMembers(event);
  }

  #change(sequence, event) {
    const message = this.messages.get(sequence);
    if (message && event.sequence > message.asOf) {
      this.#replace(this.#changed(message, event));
    }
  }

  #changed(message, { type, at, by, data }) {
    switch (type) {
      case 'ReplySent':
        return { ...message, replyCount: message.replyCount + 1, lastReplyAt: at };
      case 'MessageEdited':
        return { ...message, body: data.body, editedAt: at };
      case 'MessageDeleted':
        return {
          ...message,
          body: '',
          mentions: [],
          attachments: [],
          reactions: [],
          pinned: false,
          deleted: true,
        };
      case 'ReactionAdded': {
        const mine = by === this.me ? true : undefined;
        return { ...message, reactions: react(message.reactions, data.emoji, 1, mine) };
      }
      case 'ReactionRemoved': {
        const mine = by === this.me ? false : undefined;
        return { ...message, reactions: react(message.reactions, data.emoji, -1, mine) };
      }
      case 'MessagePinned':
        return { ...message, pinned: true };
      case 'MessageUnpinned':
        return { ...message, pinned: false };
      default:
        return message;
    }
  }

  /** A deleted reply no longer counts at its root. */
  #uncount(event) {
    const message = this.messages.get(event.data.message);
    const root = message ? message.root : this.#replyRoots.get(event.data.message);
    if (root === undefined) {
      this.unresolved.push(event);
    } else {
      this.resolveDeletion(event, root);
    }
  }

  #applyInfo(event) {
    if (this.infoAsOf < 0 || event.sequence <= this.infoAsOf) {
      return;
    }
    const { data } = event;
    switch (event.type) {
      case 'ConversationRenamed':
        this.title = data.title;
        break;
      case 'MembersAdded':
        this.memberCount += data.members.length;
        break;
      case 'MemberRemoved':
        this.memberCount -= 1;
        this.closed ||= data.member === this.me;
        break;
      case 'MemberRoleChanged':
        if (data.member === this.me) {
          this.myRole = data.role;
        }
        break;
      default:
    }
  }

  #applyMembers(event) {
    if (!this.members || event.sequence <= this.membersAsOf) {
      return;
    }
    const { data } = event;
    if (event.type === 'MembersAdded') {
      data.members.forEach((member) =>
        this.members.set(member.user, { ...member, since: event.at }),
      );
    } else if (event.type === 'MemberRemoved') {
      this.members.delete(data.member);
    } else if (event.type === 'MemberRoleChanged') {
      this.members.set(data.member, { ...this.members.get(data.member), role: data.role });
    }
  }

  /** Whether the kept events reach from a page that is folded up to `asOf` to the head. */
  #reaches(asOf) {
    return asOf >= this.head || (this.#recent.length > 0 && this.#recent[0].sequence <= asOf + 1);
  }

  #merge(view, asOf, into) {
    const known = this.messages.get(view.sequence);
    let message = known;
    if (!known) {
      message = fromView(view, asOf);
      for (const event of this.#recent) {
        if (event.sequence > asOf && this.#concerns(event, message.sequence)) {
          message = this.#changed(message, event);
        }
      }
    }
    if (into) {
      this.#insert(message, into);
    } else {
      this.#replace(message);
    }
  }

  #concerns({ type, data }, sequence) {
    return type === 'ReplySent' ? data.root === sequence : data.message === sequence;
  }

  #insert(message, into) {
    this.messages.set(message.sequence, message);
    let at = into.length;
    while (at > 0 && into[at - 1] > message.sequence) {
      at--;
    }
    if (into[at - 1] !== message.sequence) {
      into.splice(at, 0, message.sequence);
    }
  }

  #replace(message) {
    this.messages.set(message.sequence, message);
  }
}

/**
 * The user's conversations: the server's list, carried on by the events of the inbox. A summary
 * that an event does not join on to is kept until the list is read again.
 */
export class Inbox {
  #early = new Map();

  constructor(me) {
    this.me = me;
    this.items = new Map();
    this.loaded = false;
  }

  /**
   * Takes the whole list, which has the conversation with the newest event first. Where an event
   * was faster than the list, the event's state stays.
   */
  load(items) {
    const next = new Map();
    // What has no message yet stands where the list has it: before all that comes behind it.
    let newest = '';
    for (const item of [...items].reverse()) {
      newest = item.lastMessage && item.lastMessage.at > newest ? item.lastMessage.at : newest;
      const known = this.items.get(item.conversation);
      const activeAt = item.lastMessage?.at ?? newest;
      next.set(item.conversation, known && known.head > item.head ? known : { ...item, activeAt });
    }
    this.items = next;
    this.loaded = true;
    const early = [...this.#early.values()].flat();
    this.#early.clear();
    early.forEach((event) => this.receive(event));
  }

  /** Takes an event, in any order and any number of times; afterwards see `incomplete`. */
  receive(event) {
    const item = this.items.get(event.conversation);
    if (item && event.sequence <= item.head) {
      return;
    }
    if (event.type === 'MemberRemoved' && event.data.member === this.me) {
      this.items.delete(event.conversation);
      this.#early.delete(event.conversation);
      return;
    }
    if (item && event.sequence === item.head + 1) {
      this.items.set(event.conversation, this.#folded(item, event));
    } else {
      const events = this.#early.get(event.conversation) ?? [];
      this.#early.set(event.conversation, [...events, event]);
    }
  }

  /** Whether an event came that joins on to nothing here: the list is to be read again. */
  get incomplete() {
    return this.#early.size > 0;
  }

  /** This user has read the conversation up to its head. */
  markRead(conversation) {
    const item = this.items.get(conversation);
    if (item && item.unread > 0) {
      this.items.set(conversation, { ...item, unread: 0 });
    }
  }

  /** All unread messages. */
  get unread() {
    return [...this.items.values()].reduce((sum, item) => sum + item.unread, 0);
  }

  /** The conversations, the one with the newest message first. */
  sorted() {
    return [...this.items.values()]
      .reverse()
      .sort((a, b) => (a.activeAt < b.activeAt ? 1 : a.activeAt > b.activeAt ? -1 : 0));
  }

  #folded(item, { type, sequence, by, at, data }) {
    const next = { ...item, head: sequence };
    switch (type) {
      case 'MessageSent':
        next.lastMessage = { sequence, by, at, body: data.body, deleted: false };
        next.activeAt = at;
        next.unread = by === this.me ? item.unread : item.unread + 1;
        break;
      case 'MessageEdited':
        if (item.lastMessage?.sequence === data.message) {
          next.lastMessage = { ...item.lastMessage, body: data.body };
        }
        break;
      case 'MessageDeleted':
        if (item.lastMessage?.sequence === data.message) {
          next.lastMessage = { ...item.lastMessage, body: '', deleted: true };
        }
        break;
      case 'ConversationRenamed':
        next.title = data.title;
        break;
      default:
    }
    return next;
  }
}

/**
 * What this user sent and the log has not shown yet. An entry leaves when its event is in the log,
 * not when it is acknowledged, so that a message is on the page exactly once at any time.
 */
export class Outbox {
  #entries = new Map();

  constructor(entries = []) {
    entries.forEach((entry) => this.#entries.set(entry.clientMessageId, entry));
  }

  /** Adds a message to be sent: `{clientMessageId, conversation, root, body, mentions, at}`. */
  add(entry) {
    this.#entries.set(entry.clientMessageId, { ...entry, state: 'pending', problem: null });
  }

  /** The server has it, as `sequence`. */
  acknowledge(clientMessageId, sequence, head) {
    if (sequence <= head) {
      this.#entries.delete(clientMessageId);
    } else {
      this.#update(clientMessageId, { state: 'sent', sequence });
    }
  }

  /** The server refused it. */
  reject(clientMessageId, problem) {
    this.#update(clientMessageId, { state: 'rejected', problem });
  }

  /** It is to be sent again, with the same id. */
  retry(clientMessageId) {
    this.#update(clientMessageId, { state: 'pending', problem: null });
  }

  /** It is not wanted any more, or its event is in the log. */
  remove(clientMessageId) {
    this.#entries.delete(clientMessageId);
  }

  /** Removes what a reloaded window holds already, and what it must hold by its head. */
  settle(log) {
    for (const message of log.messages.values()) {
      if (message.by === log.me && message.clientMessageId) {
        this.#entries.delete(message.clientMessageId);
      }
    }
    for (const entry of this.of(log.conversation)) {
      if (entry.state === 'sent' && entry.sequence <= log.head) {
        this.#entries.delete(entry.clientMessageId);
      }
    }
  }

  get(clientMessageId) {
    return this.#entries.get(clientMessageId);
  }

  /** Everything, in the order in which it was sent. */
  all() {
    return [...this.#entries.values()];
  }

  /** What was sent to a conversation: its main view (`root` null), a thread, or both (undefined). */
  of(conversation, root) {
    return this.all().filter(
      (entry) =>
        entry.conversation === conversation && (root === undefined || entry.root === root),
    );
  }

  #update(clientMessageId, change) {
    const entry = this.#entries.get(clientMessageId);
    if (entry) {
      this.#entries.set(clientMessageId, { ...entry, ...change });
    }
  }
}
