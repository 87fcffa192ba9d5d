import { h } from '../dom.js';

const EMOJI = [
  ['👍', 'thumbs up'],
  ['❤️', 'heart'],
  ['😂', 'tears of joy'],
  ['🎉', 'party'],
  ['😮', 'surprised'],
  ['😢', 'sad'],
  ['🙏', 'thank you'],
  ['👏', 'applause'],
  ['🔥', 'fire'],
  ['👀', 'looking'],
  ['✅', 'done'],
  ['❌', 'no'],
  ['🚀', 'rocket'],
  ['💯', 'hundred'],
  ['🤔', 'thinking'],
  ['😄', 'smile'],
  ['👎', 'thumbs down'],
  ['☕', 'coffee'],
];
const COLUMNS = 6;

let open = null;

/** A small picker beside `anchor`; Escape, Tab or a click elsewhere closes it. */
export function pickEmoji(anchor, onPick) {
  open?.();
  const buttons = EMOJI.map(([emoji, name], index) =>
    h(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        tabindex: index === 0 ? '0' : '-1',
        'aria-label': name,
        title: name,
        on: {
          click: () => {
            close(true);
            onPick(emoji);
          },
        },
      },
      emoji,
    ),
  );
  const picker = h(
    'div',
    { class: 'emoji-picker', role: 'menu', 'aria-label': 'Pick a reaction', on: { keydown } },
    ...buttons,
  );

  function keydown(event) {
    const index = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      buttons[Math.max(0, Math.min(index + step, buttons.length - 1))].focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      close(true);
    }
    event.stopPropagation();
  }

  function elsewhere(event) {
    if (!picker.contains(event.target)) {
      close(false);
    }
  }

  function close(giveFocusBack) {
    picker.remove();
    document.removeEventListener('pointerdown', elsewhere, true);
    open = null;
    if (giveFocusBack) {
      anchor.focus({ preventScroll: true });
    }
  }

  document.body.append(picker);
  place(picker, anchor);
  document.addEventListener('pointerdown', elsewhere, true);
  open = () => close(false);
  buttons[0].focus();
}

function place(picker, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = picker;
  const above = at.top - height - 6;
  picker.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
  picker.style.top = `${above > 8 ? above : Math.min(at.bottom + 6, innerHeight - height - 8)}px`;
}
