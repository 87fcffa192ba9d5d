/** How long an answer may take, in ms. */
const PATIENCE_MILLIS = 30_000;

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

  async call(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MILLIS),
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
