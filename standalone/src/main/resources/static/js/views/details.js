import { addPeopleDialog, confirmDialog, renameDialog } from './dialogs.js';
import { avatar, conversationAvatar, fill, h, icon, iconButton, toast } from '../dom.js';
import { plural } from '../text.js';

/** The pane with what a conversation is and who is in it. */
export class DetailsView {
  #app;
  #log;
  #body = h('div', { class: 'scroll details' });
  #drawn = null;

  constructor(app, log, { onClose, onLeft }) {
    this.#app = app;
    this.#log = log;
    this.onLeft = onLeft;
    this.element = h(
      'aside',
      { class: 'pane', 'aria-label': 'Details' },
      h(
        'header',
        { class: 'bar' },
        iconButton('back', 'Back to the conversation', {
          class: 'icon-button back',
          on: { click: onClose },
        }),
        h('div', { class: 'title-text' }, h('h2', {}, 'Details')),
        iconButton('close', 'Close the details', {
          class: 'icon-button close',
          on: { click: onClose },
        }),
      ),
      this.#body,
    );
    this.update();
  }

  shown() {
    this.element.querySelector('.icon-button:not(.back)').focus();
  }

  event() {}

  update() {
    const log = this.#log;
    const members = [...(log.members?.values() ?? [])].sort(
      (a, b) => (a.role === b.role ? 0 : a.role === 'owner' ? -1 : 1) || a.user.localeCompare(b.user),
    );
    const statuses = members.map(({ user }) => this.#app.people.of(user));
    const stamp = JSON.stringify([
      log.title,
      log.myRole,
      log.closed,
      log.memberCount,
      members,
      statuses,
    ]);
    if (stamp === this.#drawn) {
      return;
    }
    this.#drawn = stamp;
    const focusKey = this.#body.contains(document.activeElement)
      ? document.activeElement.dataset.focusKey
      : null;
    const name = this.#app.nameOf(log.conversation);
    const shared = log.kind !== 'direct';
    const owner = log.myRole === 'owner' && shared && !log.closed;
    fill(
      this.#body,
      h(
        'div',
        { class: 'details-head' },
        conversationAvatar(log.kind, name),
        h('h3', {}, name),
        owner &&
          h(
            'button',
            {
              type: 'button',
              class: 'secondary compact',
              data: { focusKey: 'rename' },
              on: { click: () => this.#rename() },
            },
            icon('edit'),
            'Rename',
          ),
      ),
      h(
        'div',
        { class: 'details-row' },
        h('h4', {}, plural(log.memberCount, 'person', 'people')),
        owner &&
          h(
            'button',
            {
              type: 'button',
              class: 'secondary compact',
              data: { focusKey: 'add' },
              on: { click: () => this.#add() },
            },
            icon('plus'),
            'Add people',
          ),
      ),
      h('ul', { class: 'members' }, ...members.map((member) => this.#member(member, owner))),
      log.membersAfter !== null &&
        h(
          'button',
          {
            type: 'button',
            class: 'secondary compact wide',
            data: { focusKey: 'more' },
            on: { click: () => this.#attempt(this.#app.moreMembers(log)) },
          },
          'Show more',
        ),
      shared &&
        !log.closed &&
        h(
          'button',
          {
            type: 'button',
            class: 'secondary leave',
            data: { focusKey: 'leave' },
            on: { click: () => this.#leave() },
          },
          icon('leave'),
          'Leave',
        ),
    );
    if (focusKey) {
      const heirs = [...this.#body.querySelectorAll('[data-focus-key]')];
      (heirs.find((element) => element.dataset.focusKey === focusKey) ?? heirs[0])?.focus();
    }
  }

  #member({ user, role }, owner) {
    const other = user !== this.#app.me;
    const status = this.#app.people.of(user);
    return h(
      'li',
      { class: 'member' },
      avatar(user, { status }),
      h(
        'span',
        { class: 'member-name' },
        user,
        !other && h('span', { class: 'quiet' }, ' (you)'),
        status !== 'unknown' && h('span', { class: 'visually-hidden' }, `, ${status}`),
      ),
      role === 'owner' && this.#log.kind !== 'direct' && h('span', { class: 'tag' }, 'Owner'),
      owner &&
        other &&
        iconButton(
          role === 'owner' ? 'demote' : 'promote',
          role === 'owner' ? `Make ${user} a member` : `Make ${user} an owner`,
          {
            data: { focusKey: `role ${user}` },
            on: {
              click: () =>
                this.#attempt(
                  this.#app.api.changeRole(
                    this.#log.conversation,
                    user,
                    role === 'owner' ? 'member' : 'owner',
                  ),
                ),
            },
          },
        ),
      owner &&
        other &&
        iconButton('close', `Remove ${user}`, {
          data: { focusKey: `remove ${user}` },
          on: { click: () => this.#remove(user) },
        }),
    );
  }

  #rename() {
    renameDialog({
      title: this.#log.title,
      onRename: (title) => this.#app.api.rename(this.#log.conversation, title),
    });
  }

  #add() {
    addPeopleDialog({
      onAdd: (people) => this.#app.api.addMembers(this.#log.conversation, people),
    });
  }

  async #remove(user) {
    const sure = await confirmDialog(
      `Remove ${user}?`,
      `${user} can no longer read or write here.`,
      'Remove',
    );
    if (sure) {
      await this.#attempt(this.#app.api.removeMember(this.#log.conversation, user));
    }
  }

  async #leave() {
    const name = this.#app.nameOf(this.#log.conversation);
    const sure = await confirmDialog(
      `Leave ${name}?`,
      'You can no longer read or write here until an owner adds you again.',
      'Leave',
    );
    if (sure && (await this.#attempt(this.#leaveNow()))) {
      this.onLeft();
    }
  }

  #leaveNow() {
    return this.#app.api.removeMember(this.#log.conversation, this.#app.me);
  }

  async #attempt(promise) {
    try {
      await promise;
      return true;
    } catch (problem) {
      toast(problem.message);
      return false;
    }
  }
}
