import { confirmDialog, reactionsDialog } from './dialogs.js';
import { pickEmoji } from './emoji.js';
import { dayRow, editRow, messageRow, newRow, pendingRow, toolbar } from './message.js';
import { h, toast } from '../dom.js';
import { dayKey, dayLabel, together } from '../text.js';

const NEAR = 60;

/**
 * A scrolling list of messages, of a conversation or of a thread. Rows are kept by key and drawn
 * again only where what they show has changed; where one reads stays in place when rows come above.
 */
export class Timeline {
  #app;
  #log;
  #inThread;
  #onThread;
  #rows = new Map();
  #list;
  #tools = null;
  #active = null;
  #editing = null;
  #stick = true;

  /**
   * @param inThread whether these are the messages of a thread
   * @param onThread called with a message whose thread is wanted
   * @param onScroll called after scrolling
   */
  constructor(app, log, { label, inThread = false, onThread, onScroll, top }) {
    this.#app = app;
    this.#log = log;
    this.#inThread = inThread;
    this.#onThread = onThread;
    this.#list = h('ol', {
      class: 'rows',
      'aria-label': label,
      on: {
        click: (event) => this.#click(event),
        keydown: (event) => this.#key(event),
        focusin: (event) => this.#activate(event.target.closest('.message')),
        pointerover: (event) => this.#hover(event),
        pointerleave: () => this.#showTools(this.#focusedRow()),
      },
    });
    this.element = h(
      'div',
      {
        class: 'scroll timeline',
        on: {
          scroll: () => {
            this.#stick = this.atBottom;
            onScroll?.();
          },
        },
      },
      top ?? null,
      this.#list,
    );
    new ResizeObserver(() => this.#stick && this.toBottom()).observe(this.element);
  }

  get atBottom() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  get atTop() {
    return this.element.scrollTop < 400;
  }

  toBottom() {
    this.element.scrollTop = this.element.scrollHeight;
    this.#stick = true;
  }

  /** Brings the separator of new messages into view, where there is one. */
  toDivider() {
    const divider = this.#list.querySelector('.row.new');
    if (divider) {
      this.element.scrollTop = divider.offsetTop - 80;
      this.#stick = this.atBottom;
    }
    return divider !== null;
  }

  /** Focuses a message, else the newest. */
  focus(sequence) {
    const row = sequence === undefined ? null : this.#rows.get(`m ${sequence}`)?.element;
    const target = row ?? this.#messages().at(-1);
    target?.focus({ preventScroll: row === null });
    target?.scrollIntoView({ block: 'nearest' });
  }

  /** Opens the last message of this person for editing. */
  editLast() {
    const own = this.#messages().filter((row) => this.#messageOf(row)?.by === this.#app.me);
    const last = own.map((row) => this.#messageOf(row)).filter((message) => !message.deleted).at(-1);
    if (last) {
      this.#edit(last.sequence);
    }
  }

  /**
   * Shows messages of the log and then what is on its way.
   *
   * @param firstNew the sequence above which the separator of new messages stands, or null
   * @param day the `dayKey` that needs no separator, or null
   */
  update(messages, pending, { firstNew = null, day = null } = {}) {
    const { me } = this.#app;
    const wanted = [];
    let previous = null;
    for (const message of messages) {
      let grouped = previous !== null && together(previous, message) && !message.pinned;
      if (dayKey(message.at) !== (previous === null ? day : dayKey(previous.at))) {
        const label = dayLabel(message.at);
        wanted.push([`d ${dayKey(message.at)}`, [label], () => dayRow(label)]);
      }
      if (message.sequence === firstNew) {
        wanted.push(['new', [], newRow]);
        grouped = false;
      }
      const editing = this.#editing === message.sequence && !message.deleted;
      wanted.push([
        `m ${message.sequence}`,
        editing ? ['editing', grouped] : [message, grouped],
        () => (editing ? this.#editRow(message, grouped) : this.#messageRow(message, grouped)),
      ]);
      previous = message;
    }
    for (const entry of pending) {
      const grouped = previous !== null && together(previous, { ...entry, by: me });
      wanted.push([
        `p ${entry.clientMessageId}`,
        [entry, grouped],
        () => pendingRow(entry, { me, grouped }),
      ]);
      previous = { ...entry, by: me, deleted: false };
    }
    this.#reconcile(wanted);
  }

  #messageRow(message, grouped) {
    return messageRow(message, { me: this.#app.me, grouped, inThread: this.#inThread });
  }

  #editRow(message, grouped) {
    return editRow(message, {
      grouped,
      onSave: async (body) => {
        if (body !== message.body) {
          await this.#app.edit(message, this.#log, body);
        }
        this.#endEdit(message.sequence);
      },
      onCancel: () => this.#endEdit(message.sequence),
    });
  }

  #reconcile(wanted) {
    const stick = this.#stick;
    const anchor = stick ? null : this.#anchor();
    const keys = new Set(wanted.map(([key]) => key));
    for (const [key, { element }] of this.#rows) {
      if (!keys.has(key)) {
        element.remove();
        this.#rows.delete(key);
      }
    }
    let next = this.#list.firstElementChild;
    for (const [key, stamp, draw] of wanted) {
      let row = this.#rows.get(key);
      if (!row) {
        row = { element: draw(), stamp };
        this.#rows.set(key, row);
        this.#list.insertBefore(row.element, next);
      } else {
        if (row.element === next) {
          next = next.nextElementSibling;
        } else {
          this.#list.insertBefore(row.element, next);
        }
        if (!same(row.stamp, stamp)) {
          row.stamp = stamp;
          this.#redraw(row, draw);
        }
      }
    }
    this.#roving();
    if (stick) {
      this.toBottom();
    } else if (anchor && this.#rows.has(anchor.key)) {
      this.element.scrollTop += this.#rows.get(anchor.key).element.offsetTop - anchor.top;
    }
  }

  /** Draws a row again; focus and the actions stay where they were. */
  #redraw(row, draw) {
    const old = row.element;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const hadTools = this.#tools?.parentElement === old;
    row.element = draw();
    old.replaceWith(row.element);
    if (this.#active === old) {
      this.#active = row.element;
    }
    if (hadTools) {
      this.#showTools(row.element);
    }
    if (focused) {
      const key = focused.dataset.focusKey;
      const heir = key && [...row.element.querySelectorAll('[data-focus-key]')];
      const target = (heir || []).find((element) => element.dataset.focusKey === key);
      (target ?? row.element).focus({ preventScroll: true });
    }
  }

  /** The first row in sight, and where it is. */
  #anchor() {
    const top = this.element.scrollTop;
    for (const element of this.#list.children) {
      const { sequence } = element.dataset;
      if (sequence !== undefined && element.offsetTop + element.offsetHeight > top) {
        return { key: `m ${sequence}`, top: element.offsetTop };
      }
    }
    return null;
  }

  #messages() {
    return [...this.#list.querySelectorAll('.message')];
  }

  #messageOf(row) {
    return row?.dataset.sequence === undefined
      ? undefined
      : this.#log.messages.get(Number(row.dataset.sequence));
  }

  #focusedRow() {
    return this.#list.contains(document.activeElement)
      ? document.activeElement.closest('.message')
      : null;
  }

  /** One row is in the tab order: the one used last, else the newest. */
  #roving() {
    if (!this.#active?.isConnected) {
      this.#active = null;
    }
    const current = this.#active ?? this.#messages().at(-1);
    for (const row of this.#messages()) {
      row.tabIndex = row === current ? 0 : -1;
    }
  }

  #activate(row) {
    if (row) {
      this.#active = row;
      this.#roving();
      this.#showTools(row);
    }
  }

  #hover(event) {
    if (event.pointerType === 'mouse') {
      const row = event.target.closest('.message');
      if (row) {
        this.#showTools(row);
      }
    }
  }

  #showTools(row) {
    if (row && this.#tools?.parentElement === row) {
      return;
    }
    const held = this.#tools?.contains(document.activeElement);
    if (held && row !== this.#focusedRow()) {
      return;
    }
    this.#tools?.remove();
    this.#tools = null;
    const message = this.#messageOf(row);
    if (!message || message.deleted || this.#editing === message.sequence || this.#log.closed) {
      return;
    }
    this.#tools = toolbar(message, {
      me: this.#app.me,
      owner: this.#log.myRole === 'owner',
      kind: this.#log.kind,
      inThread: this.#inThread,
    });
    row.append(this.#tools);
  }

  #click(event) {
    const button = event.target.closest('[data-action]');
    const row = event.target.closest('.message');
    if (button) {
      this.#act(button.dataset.action, this.#messageOf(row), button);
    } else if (row && !event.target.closest('a, textarea') && getSelection().isCollapsed) {
      row.focus({ preventScroll: true });
    }
  }

  #key(event) {
    const row = event.target;
    if (!row.classList.contains('message')) {
      if (event.key === 'Escape' && event.target.closest('.toolbar')) {
        event.stopPropagation();
        event.target.closest('.message').focus();
      } else if (event.target.closest('.toolbar')) {
        this.#toolbarKey(event);
      }
      return;
    }
    const rows = this.#messages();
    const index = rows.indexOf(row);
    const to = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const target = rows[Math.max(0, Math.min(to, rows.length - 1))];
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: 'nearest' });
      return;
    }
    const action = {
      Enter: 'reply',
      r: 'reply',
      e: 'edit',
      p: 'pin',
      '+': 'react',
      Delete: 'delete',
      Backspace: 'delete',
    }[event.key];
    if (action && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const button = row.querySelector(`.toolbar [data-action="${action}"]`);
      if (button) {
        event.preventDefault();
        this.#act(action, this.#messageOf(row), row);
      }
    }
  }

  #toolbarKey(event) {
    const buttons = [...this.#tools.querySelectorAll('button')];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const index = buttons.indexOf(document.activeElement) + step;
      buttons[(index + buttons.length) % buttons.length].focus();
    }
  }

  async #act(action, message, source) {
    try {
      switch (action) {
        case 'toggle':
          await this.#app.toggleReaction(message, this.#log, source.dataset.emoji);
          break;
        case 'react':
          pickEmoji(source, (emoji) => this.#attempt(this.#react(message.sequence, emoji)));
          break;
        case 'reactors':
          reactionsDialog(
            (await this.#app.api.reactions(this.#log.conversation, message.sequence)).items,
          );
          break;
        case 'reply':
          this.#onThread?.(message);
          break;
        case 'pin':
          await this.#app.pin(message, this.#log, !message.pinned);
          break;
        case 'edit':
          this.#edit(message.sequence);
          break;
        case 'delete':
          await this.#delete(message);
          break;
        case 'retry':
          this.#app.retry(source.dataset.id);
          break;
        case 'discard':
          this.#app.discard(source.dataset.id);
          break;
        default:
      }
    } catch (problem) {
      toast(problem.message);
    }
  }

  /** Adds a picked reaction; picking one's own again leaves it. */
  async #react(sequence, emoji) {
    const message = this.#log.messages.get(sequence);
    if (!message.reactions.some((reaction) => reaction.emoji === emoji && reaction.mine)) {
      await this.#app.toggleReaction(message, this.#log, emoji);
    }
  }

  async #attempt(promise) {
    try {
      await promise;
    } catch (problem) {
      toast(problem.message);
    }
  }

  async #delete(message) {
    const sure = await confirmDialog(
      'Delete this message?',
      'It is replaced by a note for everyone. This cannot be undone.',
      'Delete',
    );
    if (sure) {
      await this.#app.delete(message, this.#log);
    }
    this.focus(message.sequence);
  }

  #edit(sequence) {
    this.#editing = sequence;
    this.#tools?.remove();
    this.#tools = null;
    this.#drawOne(sequence);
  }

  #endEdit(sequence) {
    if (this.#editing === sequence) {
      this.#editing = null;
      this.#drawOne(sequence);
      this.focus(sequence);
    }
  }

  #drawOne(sequence) {
    const row = this.#rows.get(`m ${sequence}`);
    const message = this.#log.messages.get(sequence);
    if (row && message) {
      const grouped = row.stamp[1];
      const editing = this.#editing === sequence;
      row.stamp = editing ? ['editing', grouped] : [message, grouped];
      this.#redraw(row, () =>
        editing ? this.#editRow(message, grouped) : this.#messageRow(message, grouped),
      );
    }
  }
}

function same(one, other) {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
