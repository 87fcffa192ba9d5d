import { h, iconButton } from '../dom.js';
import { BODY_BYTES, bytes, sizeOf } from '../text.js';

/** Where one writes: Enter sends, Shift+Enter begins a new line. */
export class Composer {
  #input;
  #note;
  #onSend;

  /**
   * @param label what it is for, also its placeholder
   * @param onSend called with the body, which is neither blank nor too large
   * @param onUp called where the person presses the up arrow in an empty composer
   */
  constructor({ label, onSend, onUp, onDraft }) {
    this.#onSend = onSend;
    this.#input = h('textarea', {
      rows: '1',
      placeholder: label,
      'aria-label': label,
      on: {
        input: () => {
          this.#fit();
          onDraft?.(this.#input.value);
        },
        keydown: (event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            this.#send();
          } else if (event.key === 'ArrowUp' && this.#input.value === '' && onUp) {
            event.preventDefault();
            onUp();
          }
        },
      },
    });
    this.#note = h('p', { class: 'composer-note', role: 'alert' });
    this.onDraft = onDraft;
    this.element = h(
      'form',
      {
        class: 'composer',
        on: {
          submit: (event) => {
            event.preventDefault();
            this.#send();
          },
        },
      },
      h(
        'div',
        { class: 'composer-box' },
        this.#input,
        iconButton('send', 'Send', { class: 'icon-button send', type: 'submit' }),
      ),
      this.#note,
    );
  }

  set value(text) {
    this.#input.value = text;
    this.#fit();
  }

  /** Called once it is in the document: only there is its height known. */
  shown() {
    this.#fit();
  }

  focus() {
    this.#input.focus({ preventScroll: true });
  }

  #send() {
    const body = this.#input.value.trim();
    if (body === '') {
      this.#input.focus();
      return;
    }
    const size = sizeOf(body);
    if (size > BODY_BYTES) {
      this.#note.textContent = `This message has ${bytes(size)}; at most ${bytes(BODY_BYTES)} can be sent.`;
      return;
    }
    this.value = '';
    this.onDraft?.('');
    this.#input.focus();
    this.#onSend(body);
  }

  #fit() {
    this.#note.textContent = '';
    if (this.#input.isConnected) {
      this.#input.style.height = 'auto';
      this.#input.style.height = `${Math.min(this.#input.scrollHeight, 220)}px`;
    }
    this.element?.classList.toggle('ready', this.#input.value.trim() !== '');
  }
}
