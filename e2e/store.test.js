import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ConversationLog,
  Inbox,
  Outbox,
} from '../standalone/src/main/resources/static/js/store.js';
import {
  mentionsIn,
  names,
  pieces,
} from '../standalone/src/main/resources/static/js/text.js';
import { mainView } from './lib/fold.js';

const ME = 'alice';
const AT = '2026-11-24T09:30:00.000Z';

function event(sequence, type, data, by = 'bob') {
  return { conversation: 'c', sequence, type, at: AT, by, data };
}

const sent = (sequence, body = `m${sequence}`, more = {}, by = 'bob') =>
  event(sequence, 'MessageSent', { ordinal: sequence, body, ...more }, by);

const item = (sequence, more = {}) => ({
  sequence,
  ordinal: sequence,
  by: 'bob',
  at: AT,
  body: `m${sequence}`,
  mentions: [],
  attachments: [],
  replyCount: 0,
  reactions: {},
  deleted: false,
  pinned: false,
  ...more,
});

const page = (head, items, before = null) => ({ items, page: { head, before } });

function loaded(head = 0, items = []) {
  const log = new ConversationLog('c', ME);
  log.load(page(head, items));
  return log;
}

const bodies = (log) => log.timeline().map(({ body }) => body);

describe('a conversation log', () => {
  it('applies the next event and drops what it has seen', () => {
    const log = loaded(3, [item(3)]);
    assert.equal(log.receive(sent(4)).applied.length, 1);
    assert.equal(log.receive(sent(4)).applied.length, 0);
    assert.equal(log.receive(sent(2)).applied.length, 0);
    assert.deepEqual(bodies(log), ['m3', 'm4']);
    assert.equal(log.head, 4);
  });

  it('holds back what comes ahead, names the hole, and applies all once it is filled', () => {
    const log = loaded(3);
    assert.deepEqual(log.receive(sent(6)), { applied: [], hole: { from: 4, to: 5 } });
    assert.deepEqual(log.receive(sent(4)).hole, { from: 5, to: 5 });
    const { applied, hole } = log.receive(sent(5));
    assert.deepEqual(
      applied.map(({ sequence }) => sequence),
      [5, 6],
    );
    assert.equal(hole, null);
    assert.deepEqual(bodies(log), ['m4', 'm5', 'm6']);
  });

  it('starts over from a page, and goes on with what came ahead of it', () => {
    const log = loaded(3, [item(3)]);
    log.receive(sent(2_001));
    assert.equal(log.load(page(2_000, [item(2_000)], 2_000)).hole, null);
    assert.deepEqual(bodies(log), ['m2000', 'm2001']);
    assert.equal(log.before, 2_000);
  });

  it('does not count twice what a page holds already', () => {
    const log = loaded(5, [item(3, { reactions: { '👍': { count: 1, mine: false } } })]);
    log.receive(event(5, 'ReactionAdded', { message: 3, emoji: '👍' }));
    log.receive(event(6, 'ReactionAdded', { message: 3, emoji: '👍' }, ME));
    assert.deepEqual(log.messages.get(3).reactions, [{ emoji: '👍', count: 2, mine: true }]);
    log.receive(event(7, 'ReactionRemoved', { message: 3, emoji: '👍' }));
    log.receive(event(8, 'ReactionRemoved', { message: 3, emoji: '👍' }, ME));
    assert.deepEqual(log.messages.get(3).reactions, []);
  });

  it('brings an older page up to date that was read before the newest events', () => {
    const log = loaded(10, [item(10)]);
    log.receive(event(11, 'ReactionAdded', { message: 4, emoji: '🎉' }));
    log.receive(event(12, 'ReactionAdded', { message: 4, emoji: '🎉' }, 'carol'));
    const reactions = { '🎉': { count: 1, mine: false } };
    assert.equal(log.prepend(page(11, [item(4, { reactions })], 4)), true);
    assert.equal(log.messages.get(4).reactions[0].count, 2);
    assert.deepEqual(
      log.timeline().map(({ sequence }) => sequence),
      [4, 10],
    );
  });

  it('does not apply to an older page what that page was faster to hold', () => {
    const log = loaded(10, [item(10)]);
    const reactions = { '🎉': { count: 1, mine: false } };
    log.prepend(page(11, [item(4, { reactions })], 4));
    log.receive(event(11, 'ReactionAdded', { message: 4, emoji: '🎉' }));
    assert.equal(log.messages.get(4).reactions[0].count, 1);
    log.receive(event(12, 'ReactionAdded', { message: 4, emoji: '🎉' }, 'carol'));
    assert.equal(log.messages.get(4).reactions[0].count, 2);
  });

  it('refuses a page that is too old to be brought up to date', () => {
    const log = loaded(10);
    for (let sequence = 11; sequence < 700; sequence++) {
      log.receive(sent(sequence));
    }
    assert.equal(log.prepend(page(20, [item(4)])), false);
  });

  it('keeps replies out of the main view and in an opened thread', () => {
    const log = loaded(3, [item(3)]);
    log.openThread(3);
    log.receive(event(4, 'ReplySent', { root: 3, body: 'r4' }));
    log.receive(event(5, 'ReplySent', { root: 3, body: 'r5' }));
    log.addReplies(3, page(4, [item(4, { root: 3, ordinal: undefined, body: 'r4' })]));
    assert.deepEqual(bodies(log), ['m3']);
    assert.deepEqual(
      log.replies(3).map(({ body }) => body),
      ['r4', 'r5'],
    );
    assert.equal(log.messages.get(3).replyCount, 2);
    log.receive(event(6, 'MessageDeleted', { message: 5 }));
    assert.equal(log.messages.get(3).replyCount, 1);
    assert.equal(log.messages.get(3).lastReplyAt, AT);
    log.receive(event(7, 'MessageDeleted', { message: 4 }));
    assert.equal(log.messages.get(3).replyCount, 0);
    assert.equal(log.messages.get(3).lastReplyAt, null);
  });

  it('asks whose reply it was where a message is deleted that is not loaded', () => {
    const log = loaded(9, [item(3, { replyCount: 2 })]);
    log.receive(event(10, 'MessageDeleted', { message: 5 }));
    assert.equal(log.unresolved.length, 1);
    log.resolveDeletion(log.unresolved[0], 3);
    assert.equal(log.unresolved.length, 0);
    assert.equal(log.messages.get(3).replyCount, 1);
  });

  it('ends with the removal of this person', () => {
    const log = loaded(3);
    log.setInfo({ kind: 'group', title: 't', memberCount: 3, myRole: 'member', head: 3 });
    log.addMembers({ items: [{ user: ME }, { user: 'bob' }], page: { head: 3, after: null } });
    log.receive(event(4, 'MembersAdded', { members: [{ user: 'carol', role: 'member' }] }));
    assert.deepEqual([...log.members.keys()], [ME, 'bob', 'carol']);
    assert.equal(log.memberCount, 4);
    log.receive(event(5, 'MemberRemoved', { member: ME }));
    assert.equal(log.closed, true);
    assert.equal(log.receive(sent(6)).applied.length, 0);
  });

  it('shows what the log says, whatever the order and the doubles in which it comes', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = generator(seed);
      const events = history(random, 60);
      const log = loaded(0);
      const arrivals = [...events.slice(1), ...events.filter(() => random() < 0.3)];
      shuffle(arrivals, random);
      arrivals.forEach((arrival) => log.receive(arrival));
      assert.equal(log.head, events.length - 1, `seed ${seed}`);
      const shown = log.timeline().map(({ sequence, body, deleted, reactions, replyCount }) => ({
        sequence,
        deleted,
        body: deleted ? 'This message was deleted' : body,
        reactions: Object.fromEntries(reactions.map(({ emoji, count }) => [emoji, count])),
        replies: replyCount,
      }));
      assert.deepEqual(shown, mainView(events), `seed ${seed}`);
    }
  });
});

describe('the inbox', () => {
  const summary = (head, more = {}) => ({
    conversation: 'c',
    kind: 'group',
    head,
    unread: 0,
    lastMessage: null,
    ...more,
  });

  it('counts what others send, and nothing of one’s own', () => {
    const inbox = new Inbox(ME);
    inbox.load([summary(3, { unread: 1 })]);
    inbox.receive(sent(4));
    inbox.receive(sent(4));
    assert.equal(inbox.unread, 2);
    inbox.receive(sent(5, 'mine', {}, ME));
    assert.equal(inbox.unread, 2);
    inbox.receive(event(6, 'ReplySent', { root: 4, body: 'r' }));
    assert.equal(inbox.unread, 2);
    inbox.markRead('c');
    assert.equal(inbox.unread, 0);
  });

  it('keeps what it cannot place until the list is read again', () => {
    const inbox = new Inbox(ME);
    inbox.load([]);
    inbox.receive(sent(2, 'two'));
    assert.equal(inbox.incomplete, true);
    inbox.load([summary(1)]);
    assert.equal(inbox.incomplete, false);
    assert.equal(inbox.items.get('c').lastMessage.body, 'two');
    inbox.receive(sent(5));
    assert.equal(inbox.incomplete, true);
    inbox.load([summary(5, { unread: 3 })]);
    assert.equal(inbox.incomplete, false);
    assert.equal(inbox.unread, 3);
  });

  it('does not go back to a list that is older than its events', () => {
    const inbox = new Inbox(ME);
    inbox.load([summary(3)]);
    inbox.receive(sent(4, 'new'));
    inbox.load([summary(3)]);
    assert.equal(inbox.items.get('c').lastMessage.body, 'new');
  });

  it('has the newest message first, and what has none where the list has it', () => {
    const inbox = new Inbox(ME);
    const last = (at) => ({ sequence: 1, by: 'bob', at, body: '', deleted: false });
    inbox.load([
      { ...summary(0), conversation: 'fresh' },
      { ...summary(3), conversation: 'a', lastMessage: last('2026-11-24T09:00:00.000Z') },
      { ...summary(3), conversation: 'b', lastMessage: last('2026-11-24T08:00:00.000Z') },
    ]);
    const order = () => inbox.sorted().map(({ conversation }) => conversation);
    assert.deepEqual(order(), ['fresh', 'a', 'b']);
    inbox.receive({ ...sent(4), conversation: 'b' });
    assert.deepEqual(order(), ['b', 'fresh', 'a']);
  });

  it('loses the conversation with the membership', () => {
    const inbox = new Inbox(ME);
    inbox.load([summary(3)]);
    inbox.receive(event(4, 'MemberRemoved', { member: ME }));
    assert.equal(inbox.items.size, 0);
    assert.equal(inbox.incomplete, false);
  });
});

describe('the outbox', () => {
  const entry = { clientMessageId: 'x', conversation: 'c', root: null, body: 'b', at: AT };

  it('keeps an acknowledged message until its event is in the log', () => {
    const outbox = new Outbox();
    outbox.add(entry);
    outbox.acknowledge('x', 7, 6);
    assert.equal(outbox.get('x').state, 'sent');
    outbox.remove('x');
    assert.deepEqual(outbox.all(), []);
    outbox.acknowledge('x', 7, 7);
    assert.deepEqual(outbox.all(), []);
  });

  it('drops what the log has passed already', () => {
    const outbox = new Outbox();
    outbox.add(entry);
    outbox.acknowledge('x', 7, 9);
    assert.deepEqual(outbox.all(), []);
  });

  it('settles with a page that holds the message', () => {
    const outbox = new Outbox([{ ...entry, state: 'pending' }]);
    outbox.settle(loaded(5, [item(4, { by: ME, clientMessageId: 'x' })]));
    assert.deepEqual(outbox.all(), []);
  });

  it('shows a refusal, and sends again with the same id', () => {
    const outbox = new Outbox();
    outbox.add(entry);
    outbox.reject('x', { detail: 'too much' });
    assert.equal(outbox.of('c', null)[0].state, 'rejected');
    outbox.retry('x');
    assert.deepEqual(outbox.get('x').problem, null);
    assert.equal(outbox.get('x').state, 'pending');
    assert.deepEqual(outbox.of('c', 3), []);
  });
});

describe('a body', () => {
  it('is cut into text, links, code and the people mentioned', () => {
    assert.deepEqual(pieces('see https://a.example/b. `x<y` @bob. @eve', ['bob']), [
      { text: 'see ' },
      { link: 'https://a.example/b' },
      { text: '. ' },
      { code: 'x<y' },
      { text: ' ' },
      { mention: 'bob' },
      { text: '. @eve' },
    ]);
    assert.deepEqual(pieces('javascript:alert(1)', []), [{ text: 'javascript:alert(1)' }]);
  });

  it('mentions those who are known', () => {
    assert.deepEqual(mentionsIn('@bob, @bob and @eve, mail a@x.org', ['bob', 'x.org']), [
      'bob',
      'x.org',
    ]);
    assert.deepEqual(names(' bob, carol;dave  bob '), ['bob', 'carol', 'dave']);
  });
});

/** Marsaglia's xorshift: numbers in [0, 1) that are the same for the same seed. */
function generator(seed) {
  let state = seed * 2_654_435_761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function shuffle(array, random) {
  for (let i = array.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [array[i], array[j]] = [array[j], array[i]];
  }
}

/** A log that a server could have written: no double reactions, nothing done to the deleted. */
function history(random, length) {
  const events = [event(0, 'ConversationStarted', { kind: 'group', title: 't', members: [] })];
  const messages = [];
  const reactions = new Set();
  const pick = (from) => from[Math.floor(random() * from.length)];
  while (events.length < length) {
    const sequence = events.length;
    const by = pick([ME, 'bob', 'carol']);
    const alive = messages.filter(({ deleted }) => !deleted);
    const target = pick(alive);
    const choice = target ? pick(['send', 'reply', 'edit', 'delete', 'react', 'react']) : 'send';
    if (choice === 'send') {
      events.push(sent(sequence, `m${sequence}`, {}, by));
      messages.push({ sequence, root: sequence });
    } else if (choice === 'reply') {
      const { root } = target;
      events.push(event(sequence, 'ReplySent', { root, body: `r${sequence}` }, by));
      messages.push({ sequence, root });
    } else if (choice === 'edit') {
      const data = { message: target.sequence, body: `e${sequence}` };
      events.push(event(sequence, 'MessageEdited', data, by));
    } else if (choice === 'delete') {
      events.push(event(sequence, 'MessageDeleted', { message: target.sequence }, by));
      target.deleted = true;
    } else {
      const emoji = pick(['👍', '🎉']);
      const key = `${target.sequence} ${emoji} ${by}`;
      const type = reactions.delete(key) ? 'ReactionRemoved' : 'ReactionAdded';
      if (type === 'ReactionAdded') {
        reactions.add(key);
      }
      events.push(event(sequence, type, { message: target.sequence, emoji }, by));
    }
  }
  return events;
}
