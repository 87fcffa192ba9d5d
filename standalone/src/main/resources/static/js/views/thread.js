import { Composer } from './composer.js';
import { Timeline } from './timeline.js';
import { finePointer, h, iconButton } from '../dom.js';
import { dayKey, plural } from '../text.js';

/** The pane with a thread: its first message, the replies, and where one replies. */
export class ThreadView {
  #app;
  #log;
  #first;
  #timeline;
  #composer;
  #count = h('p', { class: 'thread-head' });
  #problem = h('p', { class: 'problem', role: 'alert' });

  constructor(app, log, root, { drafts, onClose }) {
    this.#app = app;
    this.#log = log;
    this.root = root;
    const draft = `${log.conversation}/${root}`;
    const options = { inThread: true };
    this.#first = new Timeline(app, log, { ...options, label: 'First message of the thread' });
    this.#first.element.classList.add('first');
    this.#timeline = new Timeline(app, log, {
      ...options,
      label: 'Replies',
      top: h('div', {}, this.#first.element, this.#count, this.#problem),
    });
    this.#composer = new Composer({
      label: 'Reply',
      onSend: (body) => {
        app.send(log, root, body);
        this.#timeline.toBottom();
      },
      onUp: () => this.#timeline.editLast(),
      onDraft: (text) => drafts.set(draft, text),
    });
    this.element = h(
      'aside',
      { class: 'pane thread', 'aria-label': 'Thread' },
      h(
        'header',
        { class: 'bar' },
        iconButton('back', 'Back to the conversation', {
          class: 'icon-button back',
          on: { click: onClose },
        }),
        h(
          'div',
          { class: 'title-text' },
          h('h2', {}, 'Thread'),
          h('p', {}, app.nameOf(log.conversation)),
        ),
        iconButton('close', 'Close the thread', {
          class: 'icon-button close',
          on: { click: onClose },
        }),
      ),
      this.#timeline.element,
      this.#composer.element,
    );
    this.#composer.value = drafts.get(draft) ?? '';
    this.update();
  }

  async shown() {
    this.#composer.shown();
    if (finePointer()) {
      this.#composer.focus();
    }
    try {
      await this.#app.loadThread(this.#log, this.root);
      this.#timeline.toBottom();
    } catch (problem) {
      this.#problem.textContent = problem.message;
    }
  }

  event() {}

  update() {
    const root = this.#log.messages.get(this.root);
    const replies = this.#log.replies(this.root);
    const pending = this.#app.outbox.of(this.#log.conversation, this.root);
    const day = root ? dayKey(root.at) : null;
    this.#first.update(root ? [root] : [], [], { day });
    const count = replies.filter((reply) => !reply.deleted).length;
    this.#count.textContent =
      count + pending.length === 0
        ? 'No replies yet. Be the first.'
        : plural(Math.max(count, 1), 'reply', 'replies');
    this.#timeline.update(replies, pending, { day });
    this.#composer.element.hidden = this.#log.closed;
  }
}
