import assert from 'node:assert/strict';
import { stays } from './fold.js';
import { oneOf } from './random.js';
import { TEMPORARY } from './rest.js';
import { PERSISTENT, stompClient } from './stomp.js';
import { pause } from './wait.js';

const RETRY_MILLIS = 1_000;

/** What guests cause in the logs. */
export const CHANGES = ['MembersAdded', 'MemberRemoved'];

/** People who only listen to their inboxes, while owners of conversations add and remove them. */
export class Guests {
  /** What is wrong: a text each. */
  broken = [];

  /** How many changes of membership were acknowledged. */
  changes = 0;

  #guests;
  #places = [];

  /**
   * @param rests one for each guest
   * @param owners conversation to the REST protocol for its owner
   * @param addresses where the guests may connect
   */
  constructor(rests, owners, addresses, random) {
    this.random = random;
    this.#guests = rests.map((rest) => new Guest(rest, addresses, random, this.broken));
    for (const guest of this.#guests) {
      for (const [conversation, owner] of owners) {
        this.#places.push({ guest, conversation, owner, acknowledged: [], changing: false });
      }
    }
  }

  get rests() {
    return this.#guests.map(({ rest }) => rest);
  }

  /** Whether each inbox is open. */
  get connected() {
    return this.#guests.every(({ listening }) => listening);
  }

  /** The changes that are not answered: user and conversation. */
  get unanswered() {
    return this.#places
      .filter(({ changing }) => changing)
      .map(({ guest, conversation }) => `${guest.rest.user} in ${conversation}`);
  }

  /** Somebody is added who is out, or removed who is in, unless that is under way. */
  async change() {
    const place = oneOf(this.random, this.#places);
    if (!place.changing) {
      place.changing = true;
      place.acknowledged.push(await this.#acknowledged(place));
      place.changing = false;
      this.changes++;
    }
  }

  /** Asks until there is an answer; gives its sequence. */
  async #acknowledged({ guest, conversation, owner, acknowledged }) {
    const { user } = guest.rest;
    const path = `/api/conversations/${conversation}/members`;
    const adds = acknowledged.length % 2 === 0;
    for (;;) {
      try {
        const { sequence } = adds
          ? await owner.once('POST', path, { members: [user] })
          : await owner.once('DELETE', `${path}/${user}`);
        return sequence;
      } catch (failure) {
        if (!TEMPORARY.has(failure.code)) {
          // A removal that was sent again, by this or by the proxy, finds nobody to remove.
          if (adds || failure.code !== 'unknown-member') {
            this.broken.push(failure.message);
          }
          return Infinity;
        }
        await pause(RETRY_MILLIS);
      }
    }
  }

  /** What the open inboxes have not been given yet: a text each. */
  missing(logs) {
    return this.#given(logs)
      .filter(({ given, due }) => given.length < due.length)
      .map(({ user, conversation, given, due }) => {
        const had = new Set(sequences(given));
        return `${user}: ${conversation} lacks ${sequences(due).filter((each) => !had.has(each))}`;
      });
  }

  /** The logs have the changes that were acknowledged, and the inboxes were given what they say. */
  compare(logs) {
    const changes = [...logs.values()].flat().filter(({ type }) => CHANGES.includes(type));
    assert.equal(changes.length, this.changes, 'nobody changed any membership but for guests');
    for (const { guest, conversation, acknowledged } of this.#places) {
      const { user } = guest.rest;
      const changes = stays(logs.get(conversation), user)
        .flatMap(({ from, to }) => [from, to])
        .filter(Number.isFinite);
      const what = `${user} in ${conversation}: ${changes} acknowledged as ${acknowledged}`;
      assert.equal(changes.length, acknowledged.length, what);
      // what had been done before is answered with the head
      changes.forEach((sequence, i) => assert.ok(sequence <= acknowledged[i], what));
    }
    for (const { user, conversation, given, due } of this.#given(logs)) {
      const what = `the inbox of ${user} was given of ${conversation}`;
      assert.deepEqual(given, due, `${what}: ${sequences(given)} instead of ${sequences(due)}`);
    }
  }

  /** For each session and conversation, what was given and what should have been. */
  #given(logs) {
    return this.#guests.flatMap(({ rest: { user }, sessions }) =>
      [...logs].flatMap(([conversation, log]) => {
        const times = stays(log, user);
        const visible = log.filter(({ sequence }) =>
          times.some(({ from, to }) => from <= sequence && sequence <= to),
        );
        return sessions.map(({ since, events }, i) => {
          const given = events.filter((event) => event.conversation === conversation);
          const first = visible.findIndex(
            ({ sequence, at }) => sequence === given[0]?.sequence || Date.parse(at) > since,
          );
          const open = i === sessions.length - 1;
          const due =
            first < 0 ? [] : visible.slice(first, open ? undefined : first + given.length);
          return { user, conversation, given, due };
        });
      }),
    );
  }

  close() {
    return Promise.all(this.#guests.map(({ client }) => client.deactivate({ force: true })));
  }
}

const sequences = (events) => events.map(({ sequence }) => sequence);

/**
 * One of them. An inbox begins at the heads, and a guest fills nothing in: each session is to be
 * given, of the conversations that the guest is in, what happens from its beginning to its end.
 */
class Guest {
  /** One for each connection: its events as they came, and since when none was to be left out. */
  sessions = [];

  constructor(rest, addresses, random, broken) {
    this.rest = rest;
    this.client = stompClient(() => oneOf(random, addresses), rest.token, {
      ...PERSISTENT,
      onConnect: () => this.#listen(),
      // where the inbox is refused, for it listens to no rejections
      onStompError: ({ headers, body }) =>
        TEMPORARY.has(headers.code) || broken.push(`ERROR ${JSON.stringify(headers)} ${body}`),
    });
    this.client.activate();
  }

  get listening() {
    return this.client.connected && Number.isFinite(this.sessions.at(-1)?.since);
  }

  #listen() {
    const session = { events: [], since: Infinity };
    this.sessions.push(session);
    const receipt = crypto.randomUUID();
    this.client.watchForReceipt(receipt, () => (session.since = Date.now()));
    this.client.subscribe(
      '/user/queue/inbox',
      ({ body }) => session.events.push(JSON.parse(body)),
      { receipt },
    );
  }
}
