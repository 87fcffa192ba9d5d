import assert from 'node:assert/strict';
import { ALL, FIRST, faults } from './faults.js';
import { CHANGES, Guests } from './guests.js';
import { Participant } from './participant.js';
import { generator, oneOf, shuffled } from './random.js';
import { recountConversation, recountInbox } from './recount.js';
import { Rest } from './rest.js';
import { Timeline } from './timeline.js';
import { Visitors } from './visitors.js';
import { pause, until } from './wait.js';

const USERS = 40;
const DIRECT = 20; // each user has one
const GROUPS = 5;
const CHANNELS = 5;
const SENDS_PER_SECOND = 12;
const GUESTS = 4;
const CHANGES_PER_SECOND = 2;
const WATCHERS = 6;

/** How long all may take to come, before the first fault, in ms. */
const GATHER_MILLIS = 120_000;

/** How soon after a fault all is as it should be, in ms. */
const RECOVERY_MILLIS = 30_000;

/** What a request makes of the log that has no id of its own there. */
const TYPES = {
  reaction: 'ReactionAdded',
  'taking back': 'ReactionRemoved',
  edit: 'MessageEdited',
  deletion: 'MessageDeleted',
};

/** Requests that are refused where the message is deleted. */
const NOT_TO_DELETED = ['reply', 'reaction', 'edit'];

const edges = ['edge-1', 'edge-2'];
const seconds = (millis) => `${(millis / 1_000).toFixed(1)} s`;

/**
 * People send, reply, react, edit and delete, and guests are added and removed, at a steady pace
 * while one part of a cluster after another is killed, halted or slow; then what they saw is
 * compared with the log, and the views are.
 */
export class Chaos {
  #timelines = { receipts: new Timeline(), deliveries: new Timeline() };
  #participants = [];
  #open = []; // conversations that guests are added to
  #rows = [];

  /** @param seed of all choices; what the processes make of it depends on the moment as well */
  constructor(cluster, seed) {
    this.cluster = cluster;
    this.seed = seed;
    this.random = generator(seed);
  }

  /**
   * Goes on with faults for that many seconds, and until all that must come have come: each once
   * in five minutes or more, else the first four.
   */
  async run(duration) {
    console.log(`chaos: CONFAB_SEED=${this.seed}`);
    try {
      await this.#gather();
      const began = Date.now();
      this.sending = setInterval(
        () => oneOf(this.random, this.#participants).act(),
        1_000 / SENDS_PER_SECOND,
      );
      this.inviting = setInterval(() => this.guests.change(), 1_000 / CHANGES_PER_SECOND);
      await pause(2_000);
      const plan = faults(generator(this.seed));
      const least = duration < 300 ? FIRST : ALL;
      while (this.#rows.length < least || Date.now() - began < duration * 1_000) {
        await this.#strike(plan.next().value);
      }
      await this.#settle();
      await this.#compare();
    } finally {
      clearInterval(this.sending);
      clearInterval(this.inviting);
      this.#print();
      await this.visitors?.close();
      await this.guests?.close();
      await Promise.all(this.#participants.map((participant) => participant.stop()));
    }
  }

  // --- The people

  async #gather() {
    const status = await this.cluster.status();
    const direct = new Map(
      edges.map((edge) => [edge, `http://localhost:${status.get(edge).port}`]),
    );
    const users = Array.from({ length: USERS }, (_, i) => `user-${i}`);
    const rests = new Map();
    for (const user of users) {
      rests.set(user, await Rest.signIn(this.cluster.url, user));
    }
    this.support = await Rest.signIn(this.cluster.url, 'support', ['user', 'support']);
    this.members = await this.#converse(users, rests);

    const visits = new Map();
    for (const [edge, url] of direct) {
      const { user, token } = await Rest.signIn(this.cluster.url, `visitor-of-${edge}`);
      visits.set(edge, new Rest(url, user, token));
    }
    const addresses = [...direct.values(), this.cluster.url];
    this.#participants = users.map(
      (user, i) =>
        new Participant(
          rests.get(user),
          addresses,
          [...this.members].filter(([, those]) => those.includes(user)).map(([id]) => id),
          this.random,
          this.#timelines,
          {
            inbox: i % 4 === 3,
            watched: i < WATCHERS ? [...visits.values()].map((visitor) => visitor.user) : [],
          },
        ),
    );
    const guests = Array.from({ length: GUESTS }, (_, i) => `guest-${i}`);
    this.guests = new Guests(
      await Promise.all(guests.map((guest) => Rest.signIn(this.cluster.url, guest))),
      new Map(this.#open.map((id) => [id, rests.get(this.members.get(id)[0])])),
      addresses,
      this.random,
    );
    await until('all are connected and have what there is', Date.now() + GATHER_MILLIS, () =>
      this.#connected() &&
      this.#participants.every(({ conversations, delivered }) =>
        conversations.every((id) => delivered.get(id).length > 0),
      ),
    );
    for (const url of direct.values()) {
      assert.ok(this.#participants.some(({ address }) => address === url), `${url} has sessions`);
    }
    this.visitors = new Visitors(visits, this.#participants.slice(0, WATCHERS));
    for (const edge of edges) {
      await this.visitors.come(edge);
    }
  }

  /** Starts the conversations; gives each one's members. */
  async #converse(users, rests) {
    const members = new Map();
    const start = async (kind, title, those) => {
      const [first, ...others] = those;
      const id = await rests.get(first).start(kind, title, others);
      members.set(id, those);
      return id;
    };
    const some = (least, most) =>
      shuffled(this.random, users).slice(0, least + this.random(most - least + 1));
    for (let i = 0; i < DIRECT; i++) {
      await start('direct', undefined, [users[i], users[USERS - 1 - i]]);
    }
    for (let i = 0; i < GROUPS; i++) {
      await start('group', `Group ${i}`, some(3, 8));
    }
    for (let i = 0; i < CHANNELS; i++) {
      await start('channel', `Channel ${i}`, some(10, 20));
    }
    for (const kind of ['group', 'channel']) {
      this.#open.push(await start(kind, `Open ${kind}`, some(3, 8)));
      this.#open.push(await start(kind, `Open ${kind} of one`, some(1, 1)));
    }
    return members;
  }

  #connected() {
    return this.guests.connected && this.#participants.every(({ client }) => client.connected);
  }

  // --- The faults

  async #strike(fault) {
    const row = { text: fault.text, began: Date.now() };
    this.#rows.push(row);
    console.log(`chaos: ${fault.text}`);
    let told;
    await fault.run(this.cluster, (killed) => {
      told = edges.includes(killed) && this.visitors.died(killed);
    });
    row.ended = Date.now();
    await told;
    await until('all are connected again', row.ended + RECOVERY_MILLIS, () => this.#connected());
    await this.visitors.move(this.random);
  }

  /** By then each request is answered, and each subscriber has what the logs have. */
  async #settle() {
    // At least as long as an answer may take to what was sent last, at the very end.
    const deadline = Math.max(this.#rows.at(-1).ended + RECOVERY_MILLIS, Date.now() + 10_000);
    clearInterval(this.sending);
    clearInterval(this.inviting);
    const unanswered = () =>
      [...this.#participants, this.guests].flatMap(({ unanswered }) => unanswered);
    await until(
      'every request is answered',
      deadline,
      () => unanswered().length === 0,
      () => JSON.stringify(unanswered(), null, 1),
    );
    this.logs = new Map();
    for (const conversation of this.members.keys()) {
      this.logs.set(conversation, await this.support.log(conversation));
    }
    const missing = () => [
      ...this.#participants.flatMap((participant) =>
        participant.conversations
          .map((id) => [id, participant.last(id), this.logs.get(id).length - 1])
          .filter(([, last, head]) => last < head)
          .map(([id, last, head]) => `${participant.user}: ${id} ends at ${last}, not ${head}`),
      ),
      ...this.guests.missing(this.logs),
    ];
    await until(
      'every subscriber has reached the heads',
      deadline,
      () => missing().length === 0,
      () => missing().join('\n'),
    );
    this.deadline = deadline;
  }

  // --- What must hold

  async #compare() {
    assert.deepEqual(
      [...this.#participants, this.visitors, this.guests].flatMap(({ broken }) => broken),
      [],
    );
    for (const [conversation, log] of this.logs) {
      log.forEach(({ sequence }, i) => assert.equal(sequence, i, conversation));
    }
    this.#compareReceipts();
    for (const { user, delivered } of this.#participants) {
      for (const [conversation, events] of delivered) {
        assert.deepEqual(events, this.logs.get(conversation), `what ${user} was given`);
      }
    }
    this.guests.compare(this.logs);
    const deadline = Math.max(this.deadline, Date.now() + 2_000);
    for (const [conversation, log] of this.logs) {
      await recountConversation(this.support, conversation, log, deadline);
    }
    for (const { rest, read } of this.#participants) {
      await recountInbox(rest, this.logs, read, deadline);
    }
    for (const rest of this.guests.rests) {
      await recountInbox(rest, this.logs, new Map(), deadline);
    }
  }

  /**
   * Each request did once what it asked for, unless its message was deleted; nobody did anything
   * else. All but the changes of membership.
   */
  #compareReceipts() {
    const done = new Map();
    const deletions = new Map();
    for (const [conversation, log] of this.logs) {
      for (const event of log.slice(1).filter(({ type }) => !CHANGES.includes(type))) {
        const { clientMessageId, message, root, emoji, body } = event.data;
        const what = clientMessageId ?? [event.type, message, emoji ?? body].join();
        const key = [conversation, event.by, what].join();
        assert.ok(!done.has(key), `twice in the log: ${JSON.stringify([done.get(key), event])}`);
        done.set(key, event);
        const of = [conversation, message ?? root].join();
        assert.ok(!deletions.has(of), `of what was deleted: ${JSON.stringify(event)}`);
        if (event.type === 'MessageDeleted') {
          deletions.set(of, event);
        }
      }
    }
    const asked = new Set();
    for (const { user, acknowledged, refused } of this.#participants) {
      const deletion = ({ conversation, message }) => deletions.get([conversation, message].join());
      const find = ({ id, kind, conversation, message, emoji, body }) => {
        const what = TYPES[kind] ? [TYPES[kind], message, emoji ?? body.body].join() : id;
        return done.get([conversation, user, what].join());
      };
      for (const request of acknowledged.filter(({ kind }) => kind !== 'marker')) {
        const { id, kind, sequence } = request;
        const event = find(request);
        if (!event && kind === 'taking back' && deletion(request)?.sequence <= sequence) {
          continue; // the reaction had gone with the message
        }
        assert.ok(event, `not in the log: ${JSON.stringify(request)}`);
        asked.add(event);
        if (TYPES[kind]) {
          // what had been done before is answered with the head
          assert.ok(event.sequence <= sequence, JSON.stringify([request, event]));
        } else {
          assert.deepEqual([event.sequence, event.data.clientMessageId], [sequence, id]);
        }
      }
      for (const request of refused) {
        const { kind, code, ended } = request;
        assert.ok(
          code === 'message-deleted' &&
            NOT_TO_DELETED.includes(kind) &&
            Date.parse(deletion(request)?.at) <= ended,
          `refused: ${JSON.stringify(request)}`,
        );
        if (kind !== 'reply') {
          asked.add(find(request)); // what was sent twice may have been done before
        }
      }
    }
    assert.deepEqual(
      [...done.values()].filter((event) => !asked.has(event)),
      [],
      'what is in the log was acknowledged, and no more',
    );
  }

  #print() {
    const all = (field) => this.#participants.map((participant) => participant[field]);
    const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
    const deletions = all('acknowledged').flat().filter(({ kind }) => kind === 'deletion');
    const refusals = new Map();
    for (const [code, count] of all('refusals').flatMap((codes) => [...codes])) {
      refusals.set(code, (refusals.get(code) ?? 0) + count);
    }
    console.log(
      `chaos: ${sum(all('sent'))} sent, ${this.#timelines.receipts.count} receipts, ` +
        `${deletions.length} deletions, ${this.guests?.changes ?? 0} changes of membership, ` +
        `${sum(all('resends'))} resends, ${all('refused').flat().length} rejections, ` +
        `refused for now: ${[...refusals].map((entry) => entry.join(' ')).join(', ') || 'none'}; ` +
        `${this.#timelines.deliveries.count} deliveries, ${sum(all('connections'))} connections; ` +
        `presence told within ${seconds(this.visitors?.slowest ?? 0)}`,
    );
    this.#rows.forEach(({ text, began, ended = Date.now() }, i) => {
      const next = this.#rows[i + 1]?.began ?? Date.now();
      const gaps = Object.entries(this.#timelines).map(
        ([what, timeline]) =>
          `no ${what} for ${seconds(timeline.gap(began, ended))}, ` +
          `the slowest ${seconds(timeline.slowest(began, next))}`,
      );
      console.log(`chaos: ${text}, ${seconds(ended - began)}: ${gaps.join('; ')}`);
    });
  }
}
