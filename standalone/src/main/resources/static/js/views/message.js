import { avatar, h, icon, iconButton } from '../dom.js';
import { bytes, clock, fullTime, pieces, plural, shortTime } from '../text.js';

/** The rows of a timeline. Each row is drawn from what it is given and never changed afterwards. */

function bodyOf({ body, mentions }, me) {
  return h(
    'div',
    { class: 'body', dir: 'auto' },
    ...pieces(body, mentions).map(({ text, link, code, mention }) => {
      if (link) {
        return h('a', { href: link, target: '_blank', rel: 'noopener noreferrer' }, link);
      }
      if (code) {
        return h('code', {}, code);
      }
      if (mention) {
        return h('span', { class: mention === me ? 'mention mine' : 'mention' }, `@${mention}`);
      }
      return text;
    }),
  );
}

function attachmentsOf({ attachments }) {
  return (
    attachments.length > 0 &&
    h(
      'ul',
      { class: 'attachments' },
      ...attachments.map(({ name, mediaType, size, url }) => {
        const parts = [
          icon('file'),
          h(
            'span',
            { class: 'attachment-text' },
            h('span', { class: 'attachment-name' }, name),
            h('span', { class: 'attachment-size' }, `${mediaType} · ${bytes(size)}`),
          ),
        ];
        // Any address may stand in the log; only those of the web become links.
        return h(
          'li',
          {},
          /^https?:\/\//i.test(url)
            ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, ...parts)
            : h('span', {}, ...parts),
        );
      }),
    )
  );
}

function reactionsOf({ reactions }) {
  return (
    reactions.length > 0 &&
    h(
      'div',
      { class: 'reactions' },
      ...reactions.map(({ emoji, count, mine }) =>
        h(
          'button',
          {
            type: 'button',
            class: mine ? 'reaction mine' : 'reaction',
            'aria-pressed': String(mine),
            'aria-label': `${emoji} ${plural(count, 'reaction')}${mine ? ', yours too' : ''}`,
            title: mine ? 'Take your reaction back' : 'React the same',
            data: { action: 'toggle', emoji, focusKey: `reaction ${emoji}` },
          },
          h('span', { class: 'emoji' }, emoji),
          h('span', { class: 'count' }, String(count)),
        ),
      ),
      iconButton('smile', 'Add a reaction', {
        class: 'reaction add',
        data: { action: 'react', focusKey: 'add reaction' },
      }),
    )
  );
}

function threadOf({ replyCount, lastReplyAt }) {
  return (
    replyCount > 0 &&
    h(
      'button',
      {
        type: 'button',
        class: 'thread-link',
        data: { action: 'reply', focusKey: 'thread' },
      },
      icon('thread'),
      h('span', { class: 'thread-count' }, plural(replyCount, 'reply', 'replies')),
      lastReplyAt && h('span', { class: 'thread-time' }, `last ${shortTime(lastReplyAt)}`),
    )
  );
}

function shell({ by, at, sequence, grouped, label, state, children, extra = {} }) {
  return h(
    'li',
    {
      class: `row message ${grouped ? 'grouped' : ''} ${state ?? ''}`,
      tabindex: '-1',
      'aria-label': label,
      ...extra,
      data: { ...(sequence !== undefined && { sequence: String(sequence) }), ...extra.data },
    },
    h(
      'span',
      { class: 'gutter' },
      grouped
        ? h('time', { class: 'side-time', datetime: at, title: fullTime(at) }, clock(at))
        : avatar(by),
    ),
    h(
      'div',
      { class: 'content' },
      !grouped &&
        h(
          'div',
          { class: 'head' },
          h('span', { class: 'author' }, by),
          h('time', { datetime: at, title: fullTime(at) }, clock(at)),
        ),
      ...children,
    ),
  );
}

/** A message of the log. In a thread it has no link to one. */
export function messageRow(message, { me, grouped, inThread }) {
  const { by, at, sequence, deleted, pinned, editedAt } = message;
  if (deleted) {
    return shell({
      by,
      at,
      sequence,
      grouped,
      state: 'tombstone',
      label: `${by}, ${clock(at)}: message deleted`,
      children: [
        h('div', { class: 'body' }, icon('trash'), 'This message was deleted'),
        !inThread && threadOf(message),
      ],
    });
  }
  const body = bodyOf(message, me);
  if (editedAt) {
    body.append(
      ' ',
      h('span', { class: 'edited', title: `Edited ${fullTime(editedAt)}` }, '(edited)'),
    );
  }
  return shell({
    by,
    at,
    sequence,
    grouped,
    state: [pinned && 'pinned', message.mentions.includes(me) && 'mentions-me']
      .filter(Boolean)
      .join(' '),
    label: `${by}, ${clock(at)}: ${message.body}`,
    children: [
      pinned && h('div', { class: 'pin-mark' }, icon('pin'), 'Pinned'),
      body,
      attachmentsOf(message),
      reactionsOf(message),
      !inThread && threadOf(message),
    ],
  });
}

/** A message that the log does not show yet. */
export function pendingRow(entry, { me, grouped }) {
  const { clientMessageId, at, state, problem, body } = entry;
  const rejected = state === 'rejected';
  return shell({
    by: me,
    at,
    grouped,
    state: rejected ? 'rejected' : state === 'pending' ? 'pending' : '',
    label: `${me}: ${body}. ${rejected ? `Not sent: ${problem.detail}` : 'Being sent'}`,
    extra: { data: { pending: clientMessageId } },
    children: [
      bodyOf(entry, me),
      state === 'pending' && h('div', { class: 'delivery' }, icon('clock'), 'Sending…'),
      rejected &&
        h(
          'div',
          { class: 'delivery failed', role: 'alert' },
          icon('alert'),
          h('span', {}, `Not sent: ${problem.detail}`),
          h(
            'button',
            {
              type: 'button',
              class: 'link',
              data: { action: 'retry', id: clientMessageId, focusKey: 'retry' },
            },
            'Try again',
          ),
          h(
            'button',
            {
              type: 'button',
              class: 'link',
              data: { action: 'discard', id: clientMessageId, focusKey: 'discard' },
            },
            'Discard',
          ),
        ),
    ],
  });
}

/** A message being edited: Enter saves, Escape leaves it as it was. */
export function editRow(message, { grouped, onSave, onCancel }) {
  const input = h('textarea', {
    'aria-label': 'Edit message',
    rows: '2',
    data: { focusKey: 'edit' },
    on: {
      input: () => fit(),
      keydown: (event) => {
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          save();
        } else if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          onCancel();
        }
      },
    },
  });
  input.value = message.body;
  const note = h('p', { class: 'problem', role: 'alert' });

  function fit() {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, 300)}px`;
  }

  async function save() {
    const body = input.value.trim();
    if (body === '') {
      note.textContent = 'An empty message cannot be saved; delete it instead.';
      return;
    }
    try {
      await onSave(body);
    } catch (problem) {
      note.textContent = problem.message;
    }
  }

  const row = shell({
    by: message.by,
    at: message.at,
    sequence: message.sequence,
    grouped,
    state: 'editing',
    label: 'Editing a message',
    children: [
      h(
        'div',
        { class: 'edit-box' },
        input,
        note,
        h(
          'div',
          { class: 'edit-actions' },
          h('span', { class: 'hint' }, 'Enter saves · Escape cancels'),
          h(
            'button',
            { type: 'button', class: 'secondary compact', on: { click: onCancel } },
            'Cancel',
          ),
          h('button', { type: 'button', class: 'primary compact', on: { click: save } }, 'Save'),
        ),
      ),
    ],
  });
  queueMicrotask(() => {
    fit();
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
  });
  return row;
}

/** The separator of two days. */
export const dayRow = (label) =>
  h('li', { class: 'row day', role: 'separator', 'aria-label': label }, h('span', {}, label));

/** The separator between what was read and what is new. */
export const newRow = () =>
  h('li', { class: 'row new', role: 'separator', 'aria-label': 'New messages' }, h('span', {}, 'New'));

/** The actions of the row that is pointed at or focused. */
export function toolbar(message, { me, owner, inThread, kind }) {
  const mine = message.by === me;
  const button = (action, iconName, label) =>
    iconButton(iconName, label, { data: { action, focusKey: `tool ${action}` } });
  return h(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': 'Message actions' },
    button('react', 'smile', 'React'),
    !inThread && button('reply', 'thread', 'Reply in thread'),
    message.reactions.length > 0 && button('reactors', 'people', 'Who reacted'),
    button('pin', message.pinned ? 'unpin' : 'pin', message.pinned ? 'Unpin' : 'Pin'),
    mine && button('edit', 'edit', 'Edit'),
    (mine || (owner && kind !== 'direct')) && button('delete', 'trash', 'Delete'),
  );
}
