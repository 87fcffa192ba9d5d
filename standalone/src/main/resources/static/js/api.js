/** A refusal by the server, or a server that cannot be reached (`code` `unreachable`). */
export class Problem extends Error {
  constructor({ status = 0, code = 'unreachable', detail, title }) {
    super(detail ?? title ?? code);
    this.status = status;
    this.code = code;
  }

  /** A problem of anything that was thrown or received. */
  static of(cause) {
    return cause instanceof Problem ? cause : new Problem(cause ?? {});
  }
}

const pathOf = (conversation) => `/api/conversations/${encodeURIComponent(conversation)}`;

/** Asks for a development token; a `Problem` of status 404 means that there is an issuer. */
export async function devToken(user) {
  const { token } = await call('POST', '/api/dev/tokens', null, { user, roles: ['user'] });
  return token;
}

/** The claims of a token, unchecked: the server checks; this is for showing who one is. */
export function claims(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}

async function call(method, path, token, body) {
  const headers = {};
  if (token) {
    headers.authorization = `Bearer ${token}`;
  }
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
    });
  } catch {
    throw new Problem({ detail: 'The server cannot be reached.' });
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Problem({ code: `http-${response.status}`, ...answer, status: response.status });
  }
  return answer;
}

/** How long a view may lag behind a sequence that was asked for before the page gives up: 10 s. */
const LAG_MILLIS = 10_000;
const RETRY_MILLIS = 250;

/** The calls of the REST protocol that the page needs, for one user. */
export class Api {
  #token;

  /** @param token gives the current token, or a promise of it */
  constructor(token) {
    this.#token = token;
  }

  /** All conversations of the user, whatever the number of pages. */
  async inbox() {
    const items = [];
    let after;
    do {
      const page = await this.#read('/api/me/conversations', { limit: 200, after });
      items.push(...page.items);
      after = page.page.after ?? undefined;
    } while (after !== undefined);
    return items;
  }

  start(kind, title, members) {
    const body = kind === 'direct' ? { kind, members } : { kind, title, members };
    return this.#call('POST', '/api/conversations', body);
  }

  info(conversation, atLeast) {
    return this.#read(pathOf(conversation), { atLeast });
  }

  /** A page of the members, by name. */
  members(conversation, { after, atLeast }) {
    return this.#read(`${pathOf(conversation)}/members`, { after, limit: 200, atLeast });
  }

  rename(conversation, title) {
    return this.#call('PATCH', pathOf(conversation), { title });
  }

  addMembers(conversation, members) {
    return this.#call('POST', `${pathOf(conversation)}/members`, { members });
  }

  removeMember(conversation, user) {
    const member = encodeURIComponent(user);
    return this.#call('DELETE', `${pathOf(conversation)}/members/${member}`);
  }

  changeRole(conversation, user, role) {
    const member = encodeURIComponent(user);
    return this.#call('PUT', `${pathOf(conversation)}/members/${member}/role`, { role });
  }

  /** A page of the main view: the newest, the one below `before`, or the one around a message. */
  messages(conversation, { before, around, limit, atLeast }) {
    return this.#read(`${pathOf(conversation)}/messages`, { before, around, limit, atLeast });
  }

  message(conversation, sequence, atLeast) {
    return this.#read(`${pathOf(conversation)}/messages/${sequence}`, { atLeast });
  }

  replies(conversation, root, { after, limit, atLeast }) {
    return this.#read(`${pathOf(conversation)}/messages/${root}/replies`, {
      after,
      limit,
      atLeast,
    });
  }

  reactions(conversation, sequence) {
    return this.#read(`${pathOf(conversation)}/messages/${sequence}/reactions`, {});
  }

  events(conversation, from, limit) {
    return this.#read(`${pathOf(conversation)}/events`, { from, limit });
  }

  pin(conversation, sequence, pinned) {
    const path = `${pathOf(conversation)}/messages/${sequence}/pin`;
    return this.#call(pinned ? 'PUT' : 'DELETE', path);
  }

  /** Reads, and reads again while the view has not caught up with `atLeast`. */
  async #read(path, query) {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && !(name === 'atLeast' && value < 0)) {
        search.set(name, value);
      }
    }
    const giveUp = Date.now() + LAG_MILLIS;
    for (;;) {
      try {
        return await this.#call('GET', search.size > 0 ? `${path}?${search}` : path);
      } catch (problem) {
        if (problem.status !== 503 || Date.now() > giveUp) {
          throw problem;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS));
    }
  }

  async #call(method, path, body) {
    return call(method, path, await this.#token(), body);
  }
}
