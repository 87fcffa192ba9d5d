import assert from 'node:assert/strict';
import { mainView, members, stays } from './fold.js';
import { pause } from './wait.js';

const POLL_MILLIS = 200;

/** Asks until the answer is as expected; at the deadline fails with the difference. */
async function becomes(what, deadline, expected, ask) {
  for (;;) {
    try {
      assert.deepEqual(await ask(), expected, what);
      return;
    } catch (failure) {
      if (Date.now() > deadline) {
        throw failure;
      }
      await pause(POLL_MILLIS);
    }
  }
}

/** Asserts that the views of a conversation are by `deadline` what its log amounts to. */
export async function recountConversation(rest, conversation, log, deadline) {
  const path = `/api/conversations/${conversation}`;
  const edits = new Map();
  const deleted = new Set();
  const threads = new Map();
  for (const { sequence, type, at, data } of log) {
    if (type === 'MessageEdited') {
      edits.set(data.message, data.body);
    } else if (type === 'MessageDeleted') {
      deleted.add(data.message);
    } else if (type === 'ReplySent') {
      const before = threads.get(data.root) ?? [];
      threads.set(data.root, [...before, { sequence, at, body: data.body }]);
    }
  }
  const messages = mainView(log).map((message) => ({
    ...message,
    body: message.deleted ? '' : message.body,
    lastReplyAt: message.replies > 0 ? threads.get(message.sequence).at(-1).at : null,
  }));
  await becomes(`main view of ${conversation}`, deadline, messages, async () => {
    const { items } = await rest.once('GET', `${path}/messages?limit=1000`);
    return items.map(({ sequence, deleted, body, reactions, replyCount, lastReplyAt }) => ({
      sequence,
      deleted,
      body,
      reactions: Object.fromEntries(
        Object.entries(reactions).map(([emoji, { count }]) => [emoji, count]),
      ),
      replies: replyCount,
      lastReplyAt,
    }));
  });
  for (const [root, replies] of threads) {
    const thread = replies.map(({ sequence, body }) =>
      deleted.has(sequence)
        ? { sequence, deleted: true, body: '' }
        : { sequence, deleted: false, body: edits.get(sequence) ?? body },
    );
    await becomes(`thread ${conversation}@${root}`, deadline, thread, async () => {
      const { items } = await rest.once('GET', `${path}/messages/${root}/replies?limit=1000`);
      return items.map(({ sequence, deleted, body }) => ({ sequence, deleted, body }));
    });
  }
  const people = members(log);
  const summary = {
    head: log.length - 1,
    messageCount: messages.length,
    memberCount: people.length,
    lastMessage: lastOf(messages),
  };
  await becomes(`summary of ${conversation}`, deadline, summary, async () => {
    const { head, messageCount, memberCount, lastMessage } = await rest.once('GET', path);
    return { head, messageCount, memberCount, lastMessage: lastOf([lastMessage]) };
  });
  await becomes(`members of ${conversation}`, deadline, people, async () => {
    const { items } = await rest.once('GET', `${path}/members?limit=1000`);
    return items.map(({ user, role, since }) => ({ user, role, since }));
  });
}

/** What is compared of the last one; null where there is none. */
function lastOf(messages) {
  const last = messages.at(-1);
  return last ? { sequence: last.sequence, deleted: last.deleted, body: last.body } : null;
}

/**
 * Asserts that a user's inbox is by `deadline` what the logs amount to: it has the conversations
 * that the user is in.
 *
 * @param logs conversation to its log
 * @param read conversation to how far the user has read
 */
export async function recountInbox(rest, logs, read, deadline) {
  const expected = [];
  for (const [conversation, log] of logs) {
    const { from, to } = stays(log, rest.user).at(-1) ?? {};
    if (to === Infinity) {
      const messages = log.filter(({ type }) => type === 'MessageSent');
      const readUpTo = read.get(conversation) ?? -1;
      const seen = Math.max(from, readUpTo);
      expected.push({
        conversation,
        head: log.length - 1,
        lastMessage: messages.at(-1)?.sequence,
        unread: messages.filter(({ by, sequence }) => by !== rest.user && sequence > seen).length,
        readUpTo,
      });
    }
  }
  const byId = (a, b) => (a.conversation < b.conversation ? -1 : 1);
  await becomes(`inbox of ${rest.user}`, deadline, expected.sort(byId), async () => {
    const { items } = await rest.once('GET', '/api/me/conversations?limit=1000');
    return items
      .map(({ conversation, head, lastMessage, unread, readUpTo }) => ({
        conversation,
        head,
        lastMessage: lastMessage?.sequence,
        unread,
        readUpTo,
      }))
      .sort(byId);
  });
}
