/**
 * What the main view of a log must look like, folded the plain way from its events: the reference
 * for what a page shows. The same form as `Window.rows`.
 */
export function mainView(events) {
  const messages = new Map();
  const reactions = new Map();
  for (const { sequence, type, by, data } of events) {
    const target = messages.get(data.message);
    const key = JSON.stringify([data.message, data.emoji]);
    switch (type) {
      case 'MessageSent':
      case 'ReplySent':
        messages.set(sequence, {
          sequence,
          root: data.root ?? null,
          body: data.body,
          deleted: false,
        });
        break;
      case 'MessageEdited':
        target.body = data.body;
        break;
      case 'MessageDeleted':
        target.deleted = true;
        break;
      case 'ReactionAdded':
        reactions.set(key, new Set([...(reactions.get(key) ?? []), by]));
        break;
      case 'ReactionRemoved':
        reactions.get(key).delete(by);
        break;
      default:
    }
  }
  const all = [...messages.values()];
  return all
    .filter(({ root }) => root === null)
    .map(({ sequence, body, deleted }) => ({
      sequence,
      deleted,
      body: deleted ? 'This message was deleted' : body,
      reactions: deleted
        ? {}
        : Object.fromEntries(
            [...reactions]
              .map(([key, users]) => [...JSON.parse(key), users.size])
              .filter(([message, , count]) => message === sequence && count > 0)
              .map(([, emoji, count]) => [emoji, count]),
          ),
      replies: all.filter((reply) => reply.root === sequence && !reply.deleted).length,
    }));
}

/** Who is in a conversation, in the order of their ids. */
export function members(events) {
  const present = new Map();
  for (const { type, at, data } of events) {
    data.members?.forEach(({ user, role }) => present.set(user, { user, role, since: at }));
    if (type === 'MemberRemoved') {
      present.delete(data.member);
    }
  }
  return [...present.values()].sort((a, b) => (a.user < b.user ? -1 : 1));
}

/**
 * When a user was in a conversation: `from` the event that adds them `to` the one that removes
 * them, by their sequences; to infinity where they still are.
 */
export function stays(events, user) {
  const found = [];
  for (const { sequence, type, data } of events) {
    if (data.members?.some((member) => member.user === user)) {
      found.push({ from: sequence, to: Infinity });
    } else if (type === 'MemberRemoved' && data.member === user) {
      found.at(-1).to = sequence;
    }
  }
  return found;
}
