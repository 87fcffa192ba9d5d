import { h, iconButton } from '../dom.js';
import { ID, names } from '../text.js';

function show(dialog) {
  document.body.append(dialog);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) {
      dialog.close();
    }
  });
  dialog.showModal();
}

function frame(title, ...content) {
  const dialog = h('dialog', { 'aria-label': title });
  dialog.append(
    h(
      'div',
      { class: 'dialog' },
      h(
        'header',
        {},
        h('h2', {}, title),
        iconButton('close', 'Close', { on: { click: () => dialog.close() } }),
      ),
      ...content,
    ),
  );
  return dialog;
}

/** Asks before something that cannot be undone; resolves with the answer. */
export function confirmDialog(title, text, action) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = frame(
      title,
      h('p', {}, text),
      h(
        'footer',
        {},
        h(
          'button',
          { type: 'button', class: 'secondary', on: { click: () => dialog.close() } },
          'Cancel',
        ),
        h(
          'button',
          {
            type: 'button',
            class: 'danger',
            autofocus: true,
            on: {
              click: () => {
                answer = true;
                dialog.close();
              },
            },
          },
          action,
        ),
      ),
    );
    dialog.addEventListener('close', () => resolve(answer));
    show(dialog);
  });
}

/** A dialog with one form; `onSubmit` closes it by succeeding, or shows what it throws. */
function formDialog(title, { fields, action, onSubmit }) {
  const problem = h('p', { class: 'problem', role: 'alert' });
  const button = h('button', { class: 'primary' }, action);
  const form = h(
    'form',
    {
      novalidate: true,
      on: {
        submit: async (event) => {
          event.preventDefault();
          problem.textContent = '';
          button.disabled = true;
          try {
            await onSubmit();
            dialog.close();
          } catch (cause) {
            problem.textContent = cause.message;
          } finally {
            button.disabled = false;
          }
        },
      },
    },
    ...fields,
    problem,
    h(
      'footer',
      {},
      h(
        'button',
        { type: 'button', class: 'secondary', on: { click: () => dialog.close() } },
        'Cancel',
      ),
      button,
    ),
  );
  const dialog = frame(title, form);
  show(dialog);
}

function field(id, label, hint, properties) {
  const input = h('input', {
    id,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-describedby': `${id}-hint`,
    ...properties,
  });
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    input,
    h('p', { class: 'hint', id: `${id}-hint` }, hint),
  );
  return { element, input };
}

function people(input, least) {
  const users = names(input.value);
  const wrong = users.find((user) => !ID.test(user));
  if (wrong !== undefined || users.length < least) {
    input.focus();
    throw new Error(
      wrong === undefined
        ? 'Please name at least one person.'
        : `“${wrong}” is not a name: letters, digits and . _ ~ - only, at most 64.`,
    );
  }
  return users;
}

function titleOf(input) {
  const title = input.value.trim();
  const length = [...title].length;
  if (length === 0 || length > 200) {
    input.focus();
    throw new Error(
      length === 0
        ? 'Please give it a title.'
        : `The title has ${length} characters; at most 200 are possible.`,
    );
  }
  return title;
}

const KINDS = [
  ['direct', 'Direct', 'A chat between you and one other person.'],
  ['group', 'Group', 'A few people, up to 250.'],
  ['channel', 'Channel', 'A whole team or company, up to 25,000.'],
];

/** Starts a conversation; `onStart(kind, title, members)` does it, or throws what is wrong. */
export function newConversationDialog({ onStart }) {
  const person = field('new-person', 'Who?', 'The name the other person signs in with.', {
    placeholder: 'bob',
    maxlength: '64',
    autofocus: true,
  });
  const title = field('new-title', 'Title', 'What it is about; can be changed later.', {
    placeholder: 'Launch planning',
    spellcheck: 'true',
    autocapitalize: 'sentences',
  });
  const members = field('new-members', 'People', 'Names, separated by commas. Add more later.', {
    placeholder: 'bob, carol',
  });
  let kind = 'direct';
  const explain = h('p', { class: 'hint', id: 'new-kind-hint' });

  function choose(next) {
    kind = next;
    explain.textContent = KINDS.find(([value]) => value === kind)[2];
    person.element.hidden = kind !== 'direct';
    title.element.hidden = kind === 'direct';
    members.element.hidden = kind === 'direct';
  }

  const choices = h(
    'fieldset',
    { class: 'choices', 'aria-describedby': 'new-kind-hint' },
    h('legend', { class: 'visually-hidden' }, 'Kind of conversation'),
    ...KINDS.map(([value, label]) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: 'kind',
          value,
          checked: value === kind,
          on: { change: () => choose(value) },
        }),
        h('span', {}, label),
      ),
    ),
  );
  choose(kind);

  formDialog('New conversation', {
    fields: [choices, explain, person.element, title.element, members.element],
    action: 'Start',
    onSubmit: () =>
      kind === 'direct'
        ? onStart(kind, null, onePerson(person.input))
        : onStart(kind, titleOf(title.input), people(members.input, 0)),
  });
}

function onePerson(input) {
  const users = people(input, 1);
  if (users.length > 1) {
    input.focus();
    throw new Error('A direct chat is with one person; choose Group for more.');
  }
  return users;
}

export function renameDialog({ title, onRename }) {
  const input = field('rename-title', 'Title', 'At most 200 characters.', {
    spellcheck: 'true',
    autofocus: true,
  });
  input.input.value = title ?? '';
  formDialog('Rename', {
    fields: [input.element],
    action: 'Save',
    onSubmit: () => onRename(titleOf(input.input)),
  });
}

export function addPeopleDialog({ onAdd }) {
  const input = field('add-people', 'People', 'Names, separated by commas.', {
    placeholder: 'bob, carol',
    autofocus: true,
  });
  formDialog('Add people', {
    fields: [input.element],
    action: 'Add',
    onSubmit: () => onAdd(people(input.input, 1)),
  });
}

/** Who reacted to a message, by emoji. */
export function reactionsDialog(reactions) {
  const byEmoji = new Map();
  for (const { emoji, user } of reactions) {
    byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), user]);
  }
  show(
    frame(
      'Reactions',
      h(
        'dl',
        { class: 'reactors' },
        ...[...byEmoji].flatMap(([emoji, users]) => [
          h('dt', {}, emoji),
          h('dd', {}, users.join(', ')),
        ]),
      ),
    ),
  );
}
