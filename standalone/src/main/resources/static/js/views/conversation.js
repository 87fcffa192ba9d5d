import { Composer } from './composer.js';
import { Timeline } from './timeline.js';
import { announce, conversationAvatar, empty, finePointer, h, iconButton } from '../dom.js';
import { plural } from '../text.js';

/** An open conversation: its header, the main view and where one writes. */
export class ConversationView {
  #app;
  #log;
  #timeline;
  #composer;
  #header = h('div', { class: 'title' });
  #typing = h('p', { class: 'typing', 'aria-live': 'polite' });
  #top = h('div', { class: 'top' });
  #jump;
  #banner = h('div', { class: 'banner', role: 'alert', hidden: true });
  #firstNew = null;
  #unseen = 0;
  #underWay = false;
  #shown = false;

  /** @param unread how many messages were unread when the conversation was opened */
  constructor(app, log, { unread, drafts, onThread, onDetails, onBack }) {
    this.#app = app;
    this.#log = log;
    this.#firstNew = this.#unreadFrom(unread);
    this.#timeline = new Timeline(app, log, {
      label: 'Messages',
      top: this.#top,
      onThread,
      onScroll: () => this.#scrolled(),
    });
    this.#composer = new Composer({
      label: `Message ${app.nameOf(log.conversation)}`,
      onSend: (body) => this.#send(body),
      onUp: () => this.#timeline.editLast(),
      onDraft: (text) => {
        drafts.set(log.conversation, text);
        app.typing.wrote(log.conversation, text.trim());
      },
    });
    this.#jump = h(
      'button',
      {
        type: 'button',
        class: 'jump',
        hidden: true,
        on: {
          click: () => {
            this.#timeline.toBottom();
            this.#scrolled();
          },
        },
      },
      '',
    );
    this.element = h(
      'section',
      { class: 'conversation', 'aria-label': 'Conversation' },
      h(
        'header',
        { class: 'bar' },
        iconButton('back', 'Back to the list', {
          class: 'icon-button back',
          on: { click: onBack },
        }),
        this.#header,
        iconButton('info', 'Details and people', {
          id: 'show-details',
          on: { click: onDetails },
        }),
      ),
      this.#timeline.element,
      this.#jump,
      this.#banner,
      this.#typing,
      this.#composer.element,
    );
    this.update();
    this.#composer.value = drafts.get(log.conversation) ?? '';
  }

  get conversation() {
    return this.#log.conversation;
  }

  /** Called once the view is in the document. */
  shown() {
    this.#shown = true;
    this.#composer.shown();
    if (!this.#timeline.toDivider()) {
      this.#timeline.toBottom();
    }
    if (finePointer()) {
      this.#composer.focus();
    }
    this.#scrolled();
  }

  focusMessage(sequence) {
    this.#timeline.focus(sequence);
  }

  focusComposer() {
    this.#composer.focus();
  }

  /** An event was applied to the log: says new messages aloud, and keeps the separator. */
  event(event) {
    if (event.type !== 'MessageSent' && event.type !== 'ReplySent') {
      return;
    }
    if (event.by === this.#app.me) {
      return;
    }
    const where = event.type === 'ReplySent' ? ' in a thread' : '';
    announce(`${event.by}${where}: ${event.data.body}`);
    if (event.type === 'MessageSent' && !this.reading) {
      this.#firstNew ??= event.sequence;
      this.#unseen++;
    }
  }

  /** Whether the newest message is before the person's eyes. */
  get reading() {
    return document.visibilityState === 'visible' && this.#timeline.atBottom;
  }

  /** Who is there. */
  updatePeople() {
    const log = this.#log;
    const name = this.#app.nameOf(log.conversation);
    const other = log.kind === 'direct' ? this.#app.otherIn(log.conversation) : null;
    const status = other === null ? 'unknown' : this.#app.people.of(other);
    this.#header.replaceChildren(
      conversationAvatar(log.kind, name, status),
      h(
        'div',
        { class: 'title-text' },
        h('h2', {}, name),
        h(
          'p',
          {},
          log.kind === 'direct'
            ? `Direct message${status === 'unknown' ? '' : ` · ${status}`}`
            : `${log.kind === 'channel' ? 'Channel' : 'Group'} · ${plural(log.memberCount, 'person', 'people')}`,
        ),
      ),
    );
  }

  /** Who is typing. */
  updateTyping() {
    const { names } = this.#app.typing;
    this.#typing.textContent =
      names.length === 0
        ? ''
        : names.length === 1
          ? `${names[0]} is typing…`
          : names.length === 2
            ? `${names[0]} and ${names[1]} are typing…`
            : 'Several people are typing…';
  }

  update() {
    const log = this.#log;
    const name = this.#app.nameOf(log.conversation);
    this.updatePeople();
    const pending = this.#app.outbox.of(log.conversation, null);
    const messages = log.timeline();
    this.#top.replaceChildren(this.#topOf(messages.length + pending.length, name));
    this.#timeline.update(messages, pending, { firstNew: this.#firstNew });
    this.#composer.element.hidden = log.closed;
    if (this.#shown) {
      this.#scrolled();
    }
  }

  /** The conversation is over for this person; what was loaded stays to be read. */
  close(problem) {
    this.#banner.hidden = false;
    this.#banner.textContent = problem.message;
    this.#composer.element.hidden = true;
  }

  /** To be called when the page comes into sight. */
  seen() {
    this.#scrolled();
  }

  #unreadFrom(unread) {
    const others = this.#log.timeline().filter(({ by }) => by !== this.#log.me);
    return unread > 0 ? (others[Math.max(0, others.length - unread)]?.sequence ?? null) : null;
  }

  #topOf(count, name) {
    if (this.#log.before !== null) {
      return h('p', { class: 'quiet' }, 'Loading earlier messages…');
    }
    if (count > 0) {
      return h('p', { class: 'beginning' }, `This is the beginning of ${name}.`);
    }
    return empty(
      'wave',
      this.#log.kind === 'direct' ? `Say hello to ${name}` : `Welcome to ${name}`,
      'Nothing has been said here yet. Write the first message below.',
    );
  }

  #send(body) {
    this.#firstNew = null;
    this.#app.send(this.#log, null, body);
    this.#timeline.toBottom();
  }

  #scrolled() {
    if (!this.#shown) {
      return;
    }
    if (this.#timeline.atTop && this.#log.before !== null && !this.#underWay) {
      this.#loadOlder();
    }
    if (this.reading) {
      this.#unseen = 0;
      this.#app.markRead(this.#log);
    }
    this.#jump.hidden = this.#timeline.atBottom;
    this.#jump.textContent =
      this.#unseen > 0 ? `${plural(this.#unseen, 'new message')} ↓` : 'Newest ↓';
  }

  async #loadOlder() {
    this.#underWay = true;
    try {
      await this.#app.loadOlder(this.#log);
    } catch (problem) {
      this.#top.replaceChildren(
        h(
          'p',
          { class: 'quiet' },
          `${problem.message} `,
          h(
            'button',
            {
              type: 'button',
              class: 'link',
              on: { click: () => this.#loadOlder() },
            },
            'Try again',
          ),
        ),
      );
      return;
    } finally {
      this.#underWay = false;
    }
    this.#scrolled();
  }
}
