import { pause } from './wait.js';

/** How long an answer may take, in ms. */
const ANSWER_MILLIS = 30_000;

/** Refusals after which a request is sent again, as the published contract says. */
export const TEMPORARY = new Set(['unavailable', 'rate-limited', 'conflict', 'internal-error']);

/** How long what changes nothing is asked for again while it is answered `unavailable`, in ms. */
const UNAVAILABLE_MILLIS = 60_000;
const RETRY_MILLIS = 200;

/** The REST protocol for one user. Answers that are no success are thrown as `RestError`. */
export class Rest {
  constructor(url, user, token) {
    this.url = url;
    this.user = user;
    this.token = token;
  }

  /** Signs in with a development token. */
  static async signIn(url, user, roles = ['user']) {
    const { token } = await new Rest(url, user, null).call('POST', '/api/dev/tokens', {
      user,
      roles,
    });
    return new Rest(url, user, token);
  }

  /** As the published contract says, what is unavailable for now is asked for again. */
  async call(method, path, body) {
    const deadline = Date.now() + UNAVAILABLE_MILLIS;
    for (;;) {
      try {
        return await this.once(method, path, body);
      } catch (failure) {
        if (!repeatable(method, path) || !isUnavailable(failure) || Date.now() > deadline) {
          throw failure;
        }
        await pause(RETRY_MILLIS);
      }
    }
  }

  /** For those who keep a deadline of their own. */
  async once(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MILLIS),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new RestError(method, path, response.status, text);
    }
    return JSON.parse(text);
  }

  /** Starts a conversation and gives its id. */
  async start(kind, title, members) {
    return (await this.call('POST', '/api/conversations', { kind, title, members })).conversation;
  }

  /** Sends a message; `more` are further fields. Gives its sequence. */
  async send(conversation, body, more = {}) {
    const path = `/api/conversations/${conversation}/messages`;
    return (await this.call('POST', path, { body, ...more })).sequence;
  }

  /** The conversation's log from a sequence on, over as many pages as it takes. */
  async log(conversation, from = 0) {
    const events = [];
    for (let more = true; more; ) {
      const { items } = await this.call(
        'GET',
        `/api/conversations/${conversation}/events?from=${from + events.length}&limit=200`,
      );
      events.push(...items);
      more = items.length > 0;
    }
    return events;
  }
}

/** Reads, and the read marker, which moves forward only. */
const repeatable = (method, path) =>
  method === 'GET' || (method === 'PUT' && path.endsWith('/read'));

const isUnavailable = ({ status, code }) => status === 503 && code === 'unavailable';

export class RestError extends Error {
  constructor(method, path, status, text) {
    super(`${method} ${path}: ${status} ${text}`);
    this.status = status;
    try {
      this.code = JSON.parse(text).code;
    } catch {
      this.code = null;
    }
  }
}
