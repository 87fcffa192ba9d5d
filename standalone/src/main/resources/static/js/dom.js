/** Building blocks of the page. Text is always set as text: nothing here parses markup. */
import { initials, tone } from './text.js';

/**
 * An element. Of the properties, `on` holds listeners and `data` data attributes; what is no
 * property of the element becomes an attribute. Children that are null or false are left out.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (name === 'on') {
      Object.entries(value).forEach(([type, listener]) => element.addEventListener(type, listener));
    } else if (name === 'data') {
      Object.assign(element.dataset, value);
    } else if (name === 'class') {
      element.className = value;
    } else if (name in element && typeof value !== 'string') {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  return fill(element, ...children);
}

/** Replaces what is in an element; children that are null or false are left out. */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== false));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An icon of `/icons.svg`; what stands beside it, or the button's label, says what it means. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export function iconButton(name, label, properties = {}) {
  return h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, ...properties },
    icon(name),
  );
}

/**
 * A person, in a colour that is always the same for the name.
 *
 * @param status their presence, shown as a dot where it is known
 */
export function avatar(name, { status = 'unknown' } = {}) {
  return h(
    'span',
    { class: `avatar tone-${tone(name)}`, 'aria-hidden': 'true' },
    initials(name),
    status !== 'unknown' && h('span', { class: 'presence', data: { status }, title: status }),
  );
}

/** The picture of a conversation in lists and headers. */
export function conversationAvatar(kind, name, status) {
  return kind === 'direct'
    ? avatar(name, { status })
    : h(
        'span',
        { class: `avatar square tone-${tone(name)}`, 'aria-hidden': 'true' },
        icon(kind === 'channel' ? 'hash' : 'people'),
      );
}

/** Says something to people who listen to the page; nothing is seen. */
export function announce(text) {
  document.getElementById('announcer').textContent = text;
}

/** A short note at the lower edge that goes away by itself. */
export function toast(text) {
  const note = h('div', { class: 'toast', role: 'status' }, text);
  document.getElementById('toasts').append(note);
  setTimeout(() => note.remove(), 6_000);
}

export function empty(iconName, title, ...lines) {
  return h(
    'div',
    { class: 'empty' },
    h('span', { class: 'empty-icon' }, icon(iconName)),
    h('h2', {}, title),
    ...lines.map((line) => (typeof line === 'string' ? h('p', {}, line) : line)),
  );
}

/** Whether one can point without covering what one points at; else the page is used by touch. */
export const finePointer = () => matchMedia('(pointer: fine)').matches;
