import { App } from './app.js';
import { empty, h } from './dom.js';
import { ConversationView } from './views/conversation.js';
import { DetailsView } from './views/details.js';
import { newConversationDialog } from './views/dialogs.js';
import { Sidebar } from './views/sidebar.js';
import { signInView } from './views/signin.js';
import { ThreadView } from './views/thread.js';

const SESSION = 'confab.session';
const root = document.getElementById('app');

function savedSession() {
  try {
    return JSON.parse(sessionStorage.getItem(SESSION));
  } catch {
    return null;
  }
}

function saveSession(session) {
  if (session) {
    sessionStorage.setItem(SESSION, JSON.stringify(session));
  } else {
    sessionStorage.removeItem(SESSION);
  }
}

function signIn(notice) {
  document.title = 'Confab';
  root.className = '';
  root.replaceChildren(
    signInView({
      notice,
      onSession: (session) => {
        saveSession(session);
        begin(session);
      },
    }),
  );
}

function begin(session) {
  const app = new App(session, {
    onSession: saveSession,
    onSignedOut: (reason) => {
      page.end();
      saveSession(null);
      signIn(reason);
    },
  });
  const page = new Page(app);
  app.start();
}

/**
 * Where one is stands in the address: `#/c/{conversation}`, `#/c/{conversation}/t/{root}` with a
 * thread, `#/c/{conversation}/details`. So back and forward work, and the phone's screens are it.
 */
function parseRoute() {
  const [, c, conversation, part, value] = location.hash.split('/');
  if (c !== 'c' || !conversation) {
    return { conversation: null, pane: null };
  }
  return {
    conversation: decodeURIComponent(conversation),
    pane:
      part === 't' && /^\d+$/.test(value ?? '')
        ? { kind: 'thread', root: Number(value) }
        : part === 'details'
          ? { kind: 'details' }
          : null,
  };
}

const addressOf = (conversation) => `#/c/${encodeURIComponent(conversation)}`;

/** The screens of a signed-in person, and the way between them. */
class Page {
  #app;
  #sidebar;
  #main = h('main', { class: 'main' });
  #side = h('div', { class: 'side' });
  #conversation = null;
  #pane = null;
  #paneKey = null;
  #route = null;
  #drafts = new Map();
  #listeners = new AbortController();
  #pending = new Set();

  constructor(app) {
    this.#app = app;
    this.#sidebar = new Sidebar(app, { onNew: () => this.#startConversation() });
    root.replaceChildren(this.#sidebar.element, this.#main, this.#side);
    this.#sidebar.updateConnection();
    this.#sidebar.update();
    const { signal } = this.#listeners;
    app.addEventListener('change', ({ detail }) => this.#changed(detail), { signal });
    app.addEventListener('event', ({ detail }) => this.#event(detail), { signal });
    app.addEventListener('lost', ({ detail }) => this.#lost(detail), { signal });
    addEventListener('hashchange', () => this.#go(), { signal });
    addEventListener('online', () => app.connection.reconnectNow(), { signal });
    addEventListener('keydown', (event) => this.#key(event), { signal });
    document.addEventListener(
      'visibilitychange',
      () => {
        if (document.visibilityState === 'visible') {
          app.connection.reconnectNow();
          this.#conversation?.seen();
          this.#sidebar.update();
        }
      },
      { signal },
    );
    this.#go();
  }

  end() {
    this.#listeners.abort();
    history.replaceState(null, '', location.pathname);
  }

  async #go() {
    const route = parseRoute();
    const before = this.#route;
    this.#route = route;
    root.className = `signed-in at-${route.pane ? 'pane' : route.conversation ? 'conversation' : 'list'}`;
    if (before?.conversation !== route.conversation) {
      await this.#showConversation(route.conversation);
    }
    if (this.#route === route) {
      this.#showPane(route.pane, before);
    }
  }

  async #showConversation(conversation) {
    this.#sidebar.select(conversation);
    this.#conversation = null;
    if (conversation === null) {
      this.#app.close();
      this.#main.replaceChildren(this.#nothingOpen());
      this.#sidebar.focus();
      return;
    }
    this.#main.replaceChildren(h('p', { class: 'quiet centered', role: 'status' }, 'Loading…'));
    const unread = this.#app.inbox.items.get(conversation)?.unread ?? 0;
    try {
      await this.#app.open(conversation);
    } catch (problem) {
      if (this.#route?.conversation === conversation) {
        this.#main.replaceChildren(this.#cannotOpen(problem));
      }
      return;
    }
    if (this.#route?.conversation !== conversation) {
      return;
    }
    this.#conversation = new ConversationView(this.#app, this.#app.log(conversation), {
      unread,
      drafts: this.#drafts,
      onThread: (message) => this.#openThread(message),
      onDetails: () => this.#toggleDetails(),
      onBack: () => {
        location.hash = '';
      },
    });
    this.#main.replaceChildren(this.#conversation.element);
    this.#conversation.shown();
    this.#sidebar.update();
    this.#title();
  }

  #showPane(pane, before) {
    const log = this.#conversation && this.#app.log(this.#route.conversation);
    const key = pane && log ? `${log.conversation} ${pane.kind} ${pane.root ?? ''}` : null;
    if (key === this.#paneKey) {
      return;
    }
    this.#paneKey = key;
    if (key === null) {
      const closed = this.#pane;
      this.#pane = null;
      this.#side.replaceChildren();
      if (closed && before?.conversation === this.#route.conversation) {
        this.#focusAfter(before.pane);
      }
      return;
    }
    const onClose = () => this.#closePane();
    this.#pane =
      pane.kind === 'thread'
        ? new ThreadView(this.#app, log, pane.root, { drafts: this.#drafts, onClose })
        : new DetailsView(this.#app, log, {
            onClose,
            onLeft: () => {
              location.hash = '';
            },
          });
    this.#side.replaceChildren(this.#pane.element);
    this.#pane.shown();
  }

  #focusAfter(pane) {
    if (pane?.kind === 'thread') {
      this.#conversation?.focusMessage(pane.root);
    } else {
      document.getElementById('show-details')?.focus();
    }
  }

  #openThread(message) {
    const address = addressOf(this.#route.conversation);
    location.hash = `${address}/t/${message.root ?? message.sequence}`;
  }

  #toggleDetails() {
    const address = addressOf(this.#route.conversation);
    location.hash = this.#route.pane?.kind === 'details' ? address : `${address}/details`;
  }

  #closePane() {
    location.hash = addressOf(this.#route.conversation);
  }

  #startConversation() {
    newConversationDialog({
      onStart: async (kind, title, members) => {
        const { conversation, sequence } = await this.#app.api.start(kind, title, members);
        this.#app.refreshInbox();
        await this.#app.api.info(conversation, sequence);
        location.hash = addressOf(conversation);
      },
    });
  }

  #key(event) {
    if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) {
      return;
    }
    if (this.#route?.pane) {
      this.#closePane();
    } else if (this.#route?.conversation) {
      this.#sidebar.focus();
    }
  }

  /** Draws once for all changes of a turn; not by animation frames, which stop in a hidden tab. */
  #changed(part) {
    if (this.#pending.size === 0) {
      queueMicrotask(() => this.#draw());
    }
    this.#pending.add(part);
  }

  #draw() {
    const parts = [...this.#pending];
    this.#pending.clear();
    if (parts.includes('connection')) {
      this.#sidebar.updateConnection();
    }
    if (this.#conversation && parts.includes(this.#conversation.conversation)) {
      this.#conversation.update();
      this.#pane?.update();
    }
    if (parts.includes('people')) {
      this.#conversation?.updatePeople();
      this.#pane?.update();
    }
    if (parts.includes('typing')) {
      this.#conversation?.updateTyping();
    }
    if (parts.includes('people') && !parts.includes('inbox')) {
      this.#sidebar.update();
    }
    if (parts.includes('inbox')) {
      this.#sidebar.update();
      this.#title();
    }
  }

  #event(event) {
    if (event.conversation === this.#conversation?.conversation) {
      this.#conversation.event(event);
    }
  }

  #lost({ conversation, problem }) {
    if (conversation === this.#conversation?.conversation) {
      this.#conversation.close(problem);
    }
  }

  #title() {
    const { unread } = this.#app.inbox;
    const name = this.#conversation && this.#app.nameOf(this.#conversation.conversation);
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${name ? `${name} · ` : ''}Confab`;
  }

  #nothingOpen() {
    return h(
      'div',
      { class: 'centered' },
      empty(
        'chat',
        `Hello, ${this.#app.me}`,
        'Choose a conversation on the left, or start a new one.',
        h(
          'button',
          { type: 'button', class: 'primary', on: { click: () => this.#startConversation() } },
          'New conversation',
        ),
      ),
    );
  }

  #cannotOpen(problem) {
    return h(
      'div',
      { class: 'centered' },
      empty(
        'alert',
        'This conversation cannot be shown',
        problem.message,
        h('a', { class: 'button secondary', href: '#/' }, 'Back to the list'),
      ),
    );
  }
}

const session = savedSession();
if (session?.token) {
  begin(session);
} else {
  signIn();
}
