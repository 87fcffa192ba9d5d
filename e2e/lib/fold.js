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
