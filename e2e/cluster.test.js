import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { Chaos } from './lib/chaos.js';
import { Cluster } from './lib/cluster.js';
import { Rest } from './lib/rest.js';
import { connected, send, stompClient } from './lib/stomp.js';
import { until } from './lib/wait.js';

const PATIENCE_MILLIS = 30_000;
const REBUILD_MILLIS = 180_000;

/** The events of a conversation as one session is given them. */
class Subscriber {
  events = [];
  #waiting = [];

  static open(url, rest, conversation, after) {
    const destination = `/topic/conversations/${conversation}`;
    return Subscriber.#open(url, rest, destination, { after: String(after) });
  }

  /** All conversations of a user. */
  static inbox(url, rest) {
    return Subscriber.#open(url, rest, '/user/queue/inbox', {});
  }

  static async #open(url, rest, destination, headers) {
    const subscriber = new Subscriber();
    subscriber.client = await connected(stompClient(url, rest.token));
    const receipt = crypto.randomUUID();
    const subscribed = new Promise((resolve) => {
      subscriber.client.watchForReceipt(receipt, resolve);
    });
    subscriber.client.subscribe(
      destination,
      (message) => subscriber.#take(JSON.parse(message.body)),
      { ...headers, receipt },
    );
    await subscribed;
    return subscriber;
  }

  #take(event) {
    this.events.push(event);
    this.#waiting = this.#waiting.filter((waits) => !waits());
  }

  /** Resolves when the event of that sequence has come. */
  reached(sequence) {
    return new Promise((resolve, reject) => {
      const has = () => this.events.some((event) => event.sequence === sequence);
      if (has()) {
        resolve();
        return;
      }
      const late = setTimeout(
        () => reject(new Error(`${sequence} has not come: ${JSON.stringify(this.events)}`)),
        PATIENCE_MILLIS,
      );
      this.#waiting.push(() => {
        if (has()) {
          clearTimeout(late);
          resolve();
          return true;
        }
        return false;
      });
    });
  }

  close() {
    return this.client.deactivate();
  }
}

/** The main view once it has applied that sequence, which takes as long as the projections need. */
async function viewed(rest, conversation, sequence) {
  const end = Date.now() + PATIENCE_MILLIS;
  for (;;) {
    try {
      const path = `/api/conversations/${conversation}/messages?atLeast=${sequence}`;
      return (await rest.once('GET', path)).items.map(({ body }) => body);
    } catch (failure) {
      if (Date.now() > end) throw failure;
    }
  }
}

/** What a counter has in both processes of that kind, over all its labels. */
async function counts(cluster, kind, metric) {
  const status = await cluster.status();
  return Promise.all(
    [`${kind}-1`, `${kind}-2`].map(async (name) => {
      const url = `http://localhost:${status.get(name).port}/actuator/prometheus`;
      const lines = (await (await fetch(url)).text()).split('\n');
      return lines
        .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    }),
  );
}

describe('a cluster of processes', () => {
  let cluster;
  let alice;
  let bob;
  let conversation;

  before(async () => {
    cluster = await Cluster.create(3);
    try {
      await cluster.run('start');
    } catch (failure) {
      throw new Error(`${failure.message}\n${failure.stdout}\n${await cluster.logs()}`);
    }
    alice = await Rest.signIn(cluster.url, 'alice');
    bob = await Rest.signIn(cluster.url, 'bob');
    conversation = await alice.start('channel', 'General', ['bob']);
  });

  after(() => cluster.close());

  it('says of each process that it is up', async () => {
    let others;
    await until(
      'all are up',
      Date.now() + 60_000,
      async () => {
        others = [...(await cluster.status())].filter(([, { state }]) => state !== 'up');
        return others.length === 0;
      },
      () => others.map(([name, { state }]) => `${name} ${state}`).join(),
    );
  });

  it('brings what is sent through nginx to every edge, and to REST', async () => {
    const status = await cluster.status();
    const edges = ['edge-1', 'edge-2'].map((name) => `http://localhost:${status.get(name).port}`);
    const subscribers = await Promise.all(
      edges.map((url) => Subscriber.open(url, bob, conversation, 0)),
    );
    const sender = await connected(stompClient(cluster.url, alice.token));
    const sequence = await send(sender, `/app/conversations/${conversation}/messages`, {
      body: 'hello, cluster',
    });
    await Promise.all(subscribers.map((subscriber) => subscriber.reached(sequence)));
    assert.deepEqual(await viewed(bob, conversation, sequence), ['hello, cluster']);
    assert.deepEqual(
      (await alice.log(conversation)).map((event) => event.sequence),
      Array.from({ length: sequence + 1 }, (_, i) => i),
    );
    await Promise.all([sender.deactivate(), ...subscribers.map((each) => each.close())]);
  });

  it('takes all commands of a conversation at one command-side', async () => {
    const before = await counts(cluster, 'command', 'confab_commands_handled_seconds_count');
    for (let n = 0; n < 20; n++) {
      await alice.send(conversation, `to one of two ${n}`);
    }
    const after = await counts(cluster, 'command', 'confab_commands_handled_seconds_count');
    const taken = after.map((count, i) => count - before[i]);
    assert.deepEqual(taken.sort(), [0, 20]);
  });

  it('doubles and loses nothing where both command-sides take one conversation', async () => {
    const status = await cluster.status();
    const sides = ['command-1', 'command-2'].map(
      (name) => new Rest(`http://localhost:${status.get(name).port}`, alice.user, alice.token),
    );
    const both = await alice.start('group', 'Both', ['bob']);
    const acknowledged = new Map();
    const sendAll = async (side, i) => {
      for (let n = 0; n < 15; n++) {
        const clientMessageId = `both-${i}-${n}`;
        while (!acknowledged.has(clientMessageId)) {
          try {
            const sequence = await side.send(both, 'at once', { clientMessageId });
            acknowledged.set(clientMessageId, sequence);
          } catch (refusal) {
            assert.ok(['conflict', 'unavailable'].includes(refusal.code), refusal.message);
          }
        }
      }
    };
    // Both know the conversation, and then take four at a time each, so that appends meet.
    for (const [i, side] of sides.entries()) {
      const clientMessageId = `first-${i}`;
      acknowledged.set(clientMessageId, await side.send(both, 'first', { clientMessageId }));
    }
    await Promise.all(Array.from({ length: 8 }, (_, i) => sendAll(sides[i % 2], i)));
    const log = await alice.log(both);
    assert.deepEqual(
      log.map(({ sequence }) => sequence),
      log.map((_, i) => i),
    );
    const sent = log.flatMap(({ sequence, data }) =>
      data.clientMessageId ? [[data.clientMessageId, sequence]] : [],
    );
    assert.equal(sent.length, acknowledged.size, 'each once');
    assert.deepEqual(new Map(sent.sort()), new Map([...acknowledged].sort()));
    const conflicts = await counts(cluster, 'command', 'confab_store_conflicts_total');
    console.log(`cluster.test.js: both command-sides at once, conflicts ${conflicts}`);
    assert.ok(conflicts[0] + conflicts[1] > 0, 'and they did meet');
  });

  it('tells an inbox of what its user is added to, on an edge where nobody else is in it', async () => {
    const status = await cluster.status();
    const edge = (name) => `http://localhost:${status.get(name).port}`;
    const zoe = await Rest.signIn(cluster.url, 'zoe');
    const inbox = await Subscriber.inbox(edge('edge-2'), zoe);
    const sender = await connected(stompClient(edge('edge-1'), alice.token));
    const say = (into) => send(sender, `/app/conversations/${into}/messages`, { body: 'hello, zoe' });
    const found = () => counts(cluster, 'edge', 'confab_edge_inbox_found_total');
    const before = await found();
    for (const kind of ['channel', 'group']) {
      const joined = await alice.start(kind, 'With Zoe', ['bob', 'zoe']);
      await inbox.reached(await say(joined));
      assert.deepEqual(
        inbox.events.filter((event) => event.conversation === joined).map(({ type }) => type),
        ['ConversationStarted', 'MessageSent'],
      );
      inbox.events = [];
    }
    assert.deepEqual(await found(), before, 'pushed, and not found by looking again');
    await Promise.all([sender.deactivate(), inbox.close()]);
  });

  it('moves a read marker over REST', async () => {
    const head = (await alice.log(conversation)).length - 1;
    const { unread } = await bob.call('PUT', `/api/conversations/${conversation}/read`, {
      upTo: head,
    });
    assert.equal(unread, 0);
  });

  it('serves the page, and keeps what is between services to itself', async () => {
    assert.match(await (await fetch(cluster.url)).text(), /<title>Confab/);
    for (const path of [`/internal/conversations/${conversation}/commands`, '/actuator/health']) {
      assert.equal((await fetch(cluster.url + path)).status, 404);
    }
  });

  it('keeps what it promises while its parts are killed, halted and slow', async () => {
    const seed = Number(process.env.CONFAB_SEED ?? Date.now() % 2 ** 31);
    await new Chaos(cluster, seed).run(Number(process.env.CONFAB_CHAOS_SECONDS ?? 60));
  });

  it('has all that was acknowledged when the local Cosmos DB endpoint was killed', async () => {
    const log = await alice.log(conversation);
    await cluster.run('kill', 'cosmos');
    await cluster.run('start', 'cosmos');
    let sequence;
    await until('sends are taken again', Date.now() + PATIENCE_MILLIS, async () => {
      const sent = alice.send(conversation, 'behind it', { clientMessageId: 'behind-it' });
      sequence = await sent.catch(() => undefined);
      return sequence !== undefined;
    });
    assert.equal(sequence, log.length);
    assert.equal((await viewed(bob, conversation, sequence)).at(-1), 'behind it');
    assert.deepEqual((await alice.log(conversation)).slice(0, -1), log);
  });

  it('rebuilds a view under load, while a process that does it is killed', async () => {
    const support = await Rest.signIn(cluster.url, 'sue', ['user', 'support']);
    const rebuild = () => support.call('POST', '/api/admin/projections/history/rebuild');
    const bodies = await viewed(bob, conversation, (await alice.log(conversation)).length - 1);
    let sequence;
    const sendOne = async () => {
      const body = `during ${bodies.length}`;
      sequence = await alice.send(conversation, body, { clientMessageId: body.replace(' ', '-') });
      bodies.push(body);
    };
    await sendOne();
    assert.equal((await rebuild()).state, 'running');
    await assert.rejects(rebuild(), { status: 409, code: 'conflict' });
    await cluster.run('kill', 'projections-2');
    const end = Date.now() + REBUILD_MILLIS;
    for (let state = 'running'; state !== 'done'; ) {
      assert.ok(Date.now() < end, 'the rebuild does not end');
      await sendOne();
      const views = await support.call('GET', '/api/admin/projections');
      ({ state } = views.find(({ name }) => name === 'history').rebuild);
    }
    await sendOne();
    await viewed(bob, conversation, sequence);
    assert.deepEqual((await viewed(bob, conversation, sequence)).slice(-50), bodies.slice(-50));
    await cluster.run('start', 'projections-2');
  });

  it('replays the log of all conversations from Kafka, each event once and in order', async () => {
    const { token } = await Rest.signIn(cluster.url, 'ann', ['user', 'analyst']);
    const headers = { authorization: `Bearer ${token}` };
    const replay = async (query = {}) => {
      const path = `/api/events?${new URLSearchParams(query)}`;
      return (await fetch(cluster.url + path, { headers })).text();
    };
    const text = await replay();
    assert.equal(await replay(), text);
    const logs = new Map();
    const parsed = (lines) =>
      lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    const events = parsed(text);
    for (const event of events) {
      const log = logs.get(event.conversation) ?? [];
      logs.set(event.conversation, [...log, event]);
    }
    for (const [id, log] of logs) {
      log.forEach(({ sequence }, i) => assert.equal(sequence, i, id));
    }
    assert.ok(logs.size > 30);
    assert.deepEqual(logs.get(conversation), await alice.log(conversation));

    const times = events.map(({ at }) => at).sort((a, b) => Date.parse(a) - Date.parse(b));
    const from = times[Math.floor(times.length / 4)];
    const to = times[Math.floor((times.length * 3) / 4)];
    const passes = (event, query) =>
      (!query.since || Date.parse(event.at) >= Date.parse(query.since)) &&
      (!query.until || Date.parse(event.at) < Date.parse(query.until)) &&
      (!query.type || query.type.split(',').includes(event.type)) &&
      (!query.conversation || event.conversation === query.conversation);
    for (const query of [
      { since: from },
      { until: to },
      { since: from, until: to },
      { type: 'MessageSent' },
      { type: 'ConversationStarted,MessageEdited' },
      { conversation },
      { until: to, type: 'MessageSent', conversation },
    ]) {
      const expected = events.filter((event) => passes(event, query));
      assert.ok(expected.length > 0 && expected.length < events.length, JSON.stringify(query));
      assert.deepEqual(parsed(await replay(query)), expected, JSON.stringify(query));
    }
  });

  it('has each metric that a panel or an alert goes by', async () => {
    const metrics = new Set();
    for (const [name, { port }] of await cluster.status()) {
      if (/^(command|projections|query|edge)-/.test(name)) {
        const text = await (await fetch(`http://localhost:${port}/actuator/prometheus`)).text();
        text.match(/^confab_\w+/gm).forEach((metric) => metrics.add(metric));
      }
    }
    for (const file of ['alerts.yml', 'grafana/dashboards/confab.json']) {
      const text = await readFile(new URL(`../deploy/${file}`, import.meta.url), 'utf8');
      const used = text
        .split('\n')
        .filter((line) => /\bexpr\b/.test(line))
        .flatMap((line) => line.match(/confab_\w+/g) ?? []);
      assert.ok(used.length > 10);
      assert.deepEqual(
        used.filter((metric) => !metrics.has(metric)),
        [],
        file,
      );
    }
  });
});
