import { avatar, conversationAvatar, empty, h, icon, iconButton } from '../dom.js';
import { shortTime } from '../text.js';

/** The list of conversations, newest first, with the person and the connection's state. */
export class Sidebar {
  #app;
  #list = h('ul', { class: 'conversations', id: 'conversations' });
  #empty = h('div', { class: 'sidebar-empty' });
  #status = h('div', { class: 'connection', role: 'status' });
  #filter = h('input', {
    type: 'search',
    class: 'search',
    placeholder: 'Find a conversation',
    'aria-label': 'Find a conversation',
  });
  #items = new Map();
  #current = null;

  constructor(app, { onNew }) {
    this.#app = app;
    this.#filter.addEventListener('input', () => this.update());
    this.#filter.addEventListener('keydown', (event) => this.#filterKey(event));
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    this.onNew = onNew;
    this.element = h(
      'nav',
      { class: 'sidebar', 'aria-label': 'Conversations' },
      h(
        'header',
        { class: 'bar' },
        h('div', { class: 'brand small' }, icon('logo'), h('h1', {}, 'Confab')),
        iconButton('plus', 'New conversation', {
          class: 'icon-button strong',
          id: 'new-conversation',
          on: { click: onNew },
        }),
      ),
      h('div', { class: 'search-row' }, icon('search'), this.#filter),
      h('div', { class: 'scroll' }, this.#list, this.#empty),
      this.#status,
      h(
        'footer',
        { class: 'account' },
        avatar(app.me),
        h('span', { class: 'account-name' }, app.me),
        iconButton('leave', 'Sign out', { id: 'sign-out', on: { click: () => app.signOut() } }),
      ),
    );
  }

  /** Marks the conversation that is open. */
  select(conversation) {
    this.#current = conversation;
    this.update();
  }

  /** Puts the focus on the open conversation's line, or the first. */
  focus() {
    (
      this.#list.querySelector('[aria-current]') ??
      this.#list.querySelector('a') ??
      this.element.querySelector('#new-conversation')
    ).focus();
  }

  update() {
    const { inbox } = this.#app;
    const wanted = this.#filter.value.trim().toLowerCase();
    const shown = inbox
      .sorted()
      .filter((item) => this.#app.nameOf(item.conversation).toLowerCase().includes(wanted));
    const kept = new Set(shown.map((item) => item.conversation));
    for (const [conversation, { element }] of this.#items) {
      if (!kept.has(conversation)) {
        element.remove();
        this.#items.delete(conversation);
      }
    }
    shown.forEach((item, index) => this.#place(item, index));
    this.#showEmpty(shown.length === 0, wanted);
  }

  updateConnection() {
    const { status } = this.#app.state;
    this.#status.dataset.status = status;
    if (status === 'online') {
      this.#status.replaceChildren(h('span', { class: 'dot' }), 'Connected');
    } else if (status === 'connecting') {
      this.#status.replaceChildren(h('span', { class: 'dot' }), 'Connecting…');
    } else {
      this.#status.replaceChildren(
        h('span', { class: 'dot' }),
        'Offline · trying again',
        h(
          'button',
          {
            type: 'button',
            class: 'link',
            on: { click: () => this.#app.connection.reconnectNow() },
          },
          'Now',
        ),
      );
    }
  }

  #place(item, index) {
    const name = this.#app.nameOf(item.conversation);
    const current = item.conversation === this.#current;
    const status = this.#presence(item);
    const stamp = JSON.stringify([item.kind, name, item.lastMessage, item.unread, current, status]);
    let entry = this.#items.get(item.conversation);
    if (!entry) {
      entry = { element: h('li'), stamp: null };
      this.#items.set(item.conversation, entry);
    }
    if (entry.stamp !== stamp) {
      const focused = entry.element.contains(document.activeElement);
      entry.element.replaceChildren(this.#line(item, name, current, status));
      entry.stamp = stamp;
      if (focused) {
        entry.element.firstChild.focus();
      }
    }
    if (this.#list.children[index] !== entry.element) {
      const focused = entry.element.contains(document.activeElement);
      this.#list.insertBefore(entry.element, this.#list.children[index] ?? null);
      if (focused) {
        entry.element.firstChild.focus();
      }
    }
  }

  /** Of the other person, where there is one. */
  #presence(item) {
    const other = item.kind === 'direct' ? this.#app.otherIn(item.conversation) : null;
    return other === null ? 'unknown' : this.#app.people.of(other);
  }

  #line(item, name, current, status) {
    const { lastMessage: last } = item;
    const unread = current && document.visibilityState === 'visible' ? 0 : item.unread;
    const label = [name, status !== 'unknown' && status, unread > 0 && `${unread} unread`]
      .filter(Boolean)
      .join(', ');
    return h(
      'a',
      {
        href: `#/c/${encodeURIComponent(item.conversation)}`,
        class: unread > 0 ? 'line unread' : 'line',
        'aria-label': label,
        'aria-current': current ? 'page' : null,
        data: { conversation: item.conversation },
      },
      conversationAvatar(item.kind, name, status),
      h(
        'span',
        { class: 'line-text' },
        h(
          'span',
          { class: 'line-top' },
          h('span', { class: 'line-name' }, name),
          last && h('time', { class: 'line-time', datetime: last.at }, shortTime(last.at)),
        ),
        h(
          'span',
          { class: 'line-bottom' },
          h('span', { class: 'line-last' }, this.#preview(item)),
          unread > 0 && h('span', { class: 'badge' }, unread > 99 ? '99+' : String(unread)),
        ),
      ),
    );
  }

  #preview({ kind, lastMessage: last }) {
    if (!last) {
      return 'No messages yet';
    }
    const text = last.deleted ? 'Message deleted' : last.body;
    if (last.by === this.#app.me) {
      return `You: ${text}`;
    }
    return kind === 'direct' ? text : `${last.by}: ${text}`;
  }

  #showEmpty(isEmpty, wanted) {
    const { inbox, inboxProblem } = this.#app;
    if (!isEmpty) {
      this.#empty.replaceChildren();
    } else if (!inbox.loaded) {
      this.#empty.replaceChildren(
        h('p', { class: 'quiet' }, inboxProblem ? inboxProblem.message : 'Loading…'),
      );
    } else if (wanted) {
      this.#empty.replaceChildren(h('p', { class: 'quiet' }, `Nothing matches “${wanted}”.`));
    } else if (!this.#empty.querySelector('.empty')) {
      this.#empty.replaceChildren(
        empty(
          'chat',
          'No conversations yet',
          'Write to someone, or start a channel for your team.',
          h(
            'button',
            { type: 'button', class: 'primary', on: { click: () => this.onNew() } },
            'Start one',
          ),
        ),
      );
    }
  }

  #key(event) {
    const lines = [...this.#list.querySelectorAll('a')];
    const index = lines.indexOf(document.activeElement);
    const to = {
      ArrowDown: Math.min(index + 1, lines.length - 1),
      ArrowUp: index - 1,
      Home: 0,
      End: lines.length - 1,
    }[event.key];
    if (to === undefined) {
      return;
    }
    event.preventDefault();
    (to < 0 ? this.#filter : lines[to]).focus();
  }

  #filterKey(event) {
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      const first = this.#list.querySelector('a');
      first?.focus();
      if (event.key === 'Enter') {
        first?.click();
      }
    } else if (event.key === 'Escape' && this.#filter.value) {
      event.stopPropagation();
      this.#filter.value = '';
      this.update();
    }
  }
}
