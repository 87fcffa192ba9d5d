import assert from 'node:assert/strict';
import { it } from 'node:test';
import { generator } from './lib/random.js';
import { Rest } from './lib/rest.js';
import { stompClient } from './lib/stomp.js';
import { TIME_LIMIT, startTarget } from './lib/target.js';
import { pause } from './lib/wait.js';

const CONNECTIONS = 20;
const CONVERSATIONS = 50;
const SUBSCRIPTIONS = 10;
const KILLS = 5;
const MOST_UNACKNOWLEDGED = 16;
const PATIENCE_MILLIS = 180_000; // a cluster on two cores takes its time to start

/** How long before every second kill no write succeeds, in ms. */
const FAILING_MILLIS = 300;

async function until(what, condition) {
  const deadline = Date.now() + PATIENCE_MILLIS;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `not within ${PATIENCE_MILLIS} ms: ${what}`);
    await pause(20);
  }
}

/** One user on stompjs: subscribes, sends, and after each loss resumes and sends again. */
class Connection {
  receipts = [];
  faults = [];
  sending = true;
  #unacknowledged = new Map();
  #sent = 0;

  constructor(server, rest, subscribed, conversations, random) {
    this.user = rest.user;
    this.seen = new Map(subscribed.map((conversation) => [conversation, -1]));
    this.conversations = conversations;
    this.random = random;
    this.client = stompClient(server.url, rest.token, {
      reconnectDelay: 100,
      heartbeatIncoming: 0,
      heartbeatOutgoing: 0,
      onConnect: () => this.#connected(),
      onStompError: (frame) => this.#refused(frame),
      onUnhandledReceipt: (frame) => this.#receipt(frame.headers),
    });
    this.client.activate();
    this.pump = setInterval(() => this.#fill(), 5);
  }

  get idle() {
    return this.#unacknowledged.size === 0;
  }

  async stop() {
    clearInterval(this.pump);
    await this.client.deactivate();
  }

  #connected() {
    for (const [conversation, after] of this.seen) {
      this.client.subscribe(
        `/topic/conversations/${conversation}`,
        (message) => this.#event(conversation, Number(message.headers.sequence)),
        { after: String(after) },
      );
    }
    for (const id of this.#unacknowledged.keys()) {
      this.#publish(id);
    }
  }

  #event(conversation, sequence) {
    const expected = this.seen.get(conversation) + 1;
    if (sequence !== expected) {
      this.faults.push(`${this.user}: ${conversation}@${sequence} instead of ${expected}`);
    }
    this.seen.set(conversation, sequence);
  }

  #fill() {
    while (this.sending && this.client.connected && this.#unacknowledged.size < MOST_UNACKNOWLEDGED) {
      const id = `${this.user}-${this.#sent++}`;
      this.#unacknowledged.set(id, this.conversations[this.random(this.conversations.length)]);
      this.#publish(id);
    }
  }

  #publish(id) {
    this.client.publish({
      destination: `/app/conversations/${this.#unacknowledged.get(id)}/messages`,
      headers: { receipt: id, 'content-type': 'application/json' },
      body: JSON.stringify({ body: id, clientMessageId: id }),
    });
  }

  /** While the disk fails the server refuses, and what was sent is sent again. */
  #refused(frame) {
    if (frame.headers.code !== 'unavailable') {
      this.faults.push(`ERROR ${frame.body}`);
    }
  }

  #receipt(headers) {
    const id = headers['receipt-id'];
    if (this.#unacknowledged.delete(id)) {
      this.receipts.push({
        id,
        conversation: headers.conversation,
        sequence: Number(headers.sequence),
      });
    }
  }
}

it('loses, doubles and reorders nothing over five kills', { timeout: TIME_LIMIT }, async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  console.log(`crash.test.js: seed ${seed}`);
  const random = generator(seed);
  const server = await startTarget();
  const connections = [];
  try {
    const users = Array.from({ length: CONNECTIONS }, (_, i) => `user${i}`);
    const rests = [];
    for (const user of users) {
      rests.push(await Rest.signIn(server.url, user));
    }
    const conversations = [];
    for (let i = 0; i < CONVERSATIONS; i++) {
      conversations.push(await rests[0].start('group', `Conversation ${i}`, users));
    }
    for (const rest of rests) {
      const first = random(CONVERSATIONS);
      const subscribed = Array.from(
        { length: SUBSCRIPTIONS },
        (_, i) => conversations[(first + i * 3) % CONVERSATIONS],
      );
      connections.push(new Connection(server, rest, subscribed, conversations, random));
    }
    const acknowledged = () => connections.reduce((sum, { receipts }) => sum + receipts.length, 0);
    for (let kill = 0; kill < KILLS; kill++) {
      const before = acknowledged();
      await until('messages flow before a kill', () => acknowledged() > before + 50);
      await pause(random(1_500));
      if (kill % 2 === 0) {
        await server.failWrites(); // a receipt that comes now is of an event that is not durable
        await pause(FAILING_MILLIS);
      }
      await server.kill();
      await server.start();
    }
    const before = acknowledged();
    await until('messages flow after the last kill', () => acknowledged() > before + 200);
    connections.forEach((connection) => (connection.sending = false));
    await until('every send is acknowledged', () => connections.every(({ idle }) => idle));

    const logs = new Map();
    for (const conversation of conversations) {
      logs.set(conversation, await rests[0].log(conversation));
    }
    await until('every subscriber has reached the head', () =>
      connections.every(({ seen }) =>
        [...seen].every(([conversation, last]) => last === logs.get(conversation).length - 1),
      ),
    );

    const ids = [];
    for (const [conversation, log] of logs) {
      log.forEach((event, i) => assert.equal(event.sequence, i, conversation));
      ids.push(...log.map(({ data }) => data.clientMessageId).filter(Boolean));
    }
    assert.equal(new Set(ids).size, ids.length, 'no clientMessageId is twice in the log');
    assert.equal(ids.length, acknowledged(), 'what is in the log was acknowledged, and no more');
    for (const { receipts, faults, user } of connections) {
      assert.deepEqual(faults, []);
      for (const { id, conversation, sequence } of receipts) {
        const event = logs.get(conversation)[sequence];
        assert.deepEqual([event.data.body, event.by], [id, user]);
      }
    }
    const [{ id, conversation, sequence }] = connections[0].receipts;
    assert.equal(await rests[0].send(conversation, id, { clientMessageId: id }), sequence);
    assert.equal((await rests[0].log(conversation)).length, logs.get(conversation).length);
    console.log(`crash.test.js: ${ids.length} messages, ${KILLS} kills`);
  } finally {
    await Promise.all(connections.map((connection) => connection.stop()));
    await server.close();
  }
});
