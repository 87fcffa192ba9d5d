import { claims, devToken } from '../api.js';
import { h, icon } from '../dom.js';
import { ID } from '../text.js';

/**
 * The first screen: a name where the server gives out development tokens, else a token to paste.
 * Calls `onSession({token, dev})`.
 */
export function signInView({ notice, onSession }) {
  const problem = h('p', { class: 'problem', role: 'alert', id: 'signin-problem' }, notice ?? '');
  const name = h('input', {
    id: 'signin-name',
    name: 'name',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: '64',
    placeholder: 'alice',
    'aria-describedby': 'signin-problem',
  });
  const token = h('textarea', {
    id: 'signin-token',
    rows: '5',
    spellcheck: 'false',
    autocomplete: 'off',
    placeholder: 'eyJhbGciOi…',
    'aria-describedby': 'signin-problem',
  });
  const button = h('button', { class: 'primary wide' }, 'Continue');
  const byName = h(
    'div',
    { class: 'field' },
    h('label', { for: 'signin-name' }, 'Your name'),
    name,
    h('p', { class: 'hint' }, 'Letters, digits and . _ ~ - · no password in development'),
  );
  const byToken = h(
    'div',
    { class: 'field', hidden: true },
    h('label', { for: 'signin-token' }, 'Access token'),
    token,
    h('p', { class: 'hint' }, 'Paste a bearer token from your identity provider.'),
  );

  async function submit(event) {
    event.preventDefault();
    problem.textContent = '';
    button.disabled = true;
    try {
      if (byToken.hidden) {
        await signInByName(name.value.trim());
      } else {
        signInByToken(token.value.trim().replace(/^Bearer\s+/i, ''));
      }
    } catch (cause) {
      problem.textContent = cause.message;
    } finally {
      button.disabled = false;
    }
  }

  async function signInByName(user) {
    if (!ID.test(user)) {
      name.focus();
      throw new Error(
        user ? 'A name has letters, digits and . _ ~ - only, at most 64.' : 'Please enter a name.',
      );
    }
    try {
      onSession({ token: await devToken(user), dev: true });
    } catch (cause) {
      if (cause.status !== 404) {
        throw cause;
      }
      byName.hidden = true;
      byToken.hidden = false;
      token.focus();
    }
  }

  function signInByToken(text) {
    if (!claims(text).sub) {
      token.focus();
      throw new Error('This is not a token: it names nobody (no sub).');
    }
    onSession({ token: text, dev: false });
  }

  const view = h(
    'main',
    { class: 'signin' },
    h(
      'form',
      { class: 'card', novalidate: true, on: { submit } },
      h('div', { class: 'brand' }, icon('logo'), h('h1', {}, 'Confab')),
      h('p', { class: 'lead' }, 'Sign in to pick up your conversations where you left them.'),
      byName,
      byToken,
      problem,
      button,
    ),
  );
  queueMicrotask(() => name.focus());
  return view;
}
