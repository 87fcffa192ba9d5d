import { oneOf, shuffled } from './random.js';
import { pause } from './wait.js';

const DOWN_MILLIS = 3_000;
const PAUSE_MILLIS = 10_000;
const COSMOS_MILLIS = 10_000;
const REFUSING_MILLIS = 2_000;

/**
 * Kills a process with -9 and starts it again; over when it is up. A command-side has things in hand
 * then, because Cosmos DB takes no writes: what it acknowledged too early is lost.
 */
const kill = (name) => ({
  text: `kill -9 ${name}`,
  async run(cluster, onKilled) {
    if (name.startsWith('command')) {
      await cluster.cosmosFault({ kind: 'throttle', on: 'writes', forMs: REFUSING_MILLIS });
      await pause(REFUSING_MILLIS / 2);
    }
    await cluster.run('kill', name);
    onKilled(name);
    await pause(DOWN_MILLIS);
    await cluster.run('start', name);
  },
});

/** Holds a process up, as a full disk or a long collection of garbage do. */
const halt = (name) => ({
  text: `halt ${name} for ${PAUSE_MILLIS / 1_000} s`,
  async run(cluster) {
    await cluster.signal(name, 'SIGSTOP');
    await pause(PAUSE_MILLIS);
    await cluster.signal(name, 'SIGCONT');
  },
});

const cosmos = (text, fault) => ({
  text: `Cosmos DB ${text}`,
  async run(cluster) {
    await cluster.cosmosFault({ ...fault, forMs: COSMOS_MILLIS });
    await pause(COSMOS_MILLIS);
  },
});

const numbered = (kind, count) => Array.from({ length: count }, (_, i) => `${kind}-${i + 1}`);
const PROCESSES = { command: 2, projections: 2, query: 2, edge: 2, kafka: 3, redis: 3 };
const SERVICES = ['command', 'projections', 'query', 'edge'];

const ofEach = (how) =>
  Object.entries(PROCESSES).map(([kind, count]) => ({
    kind,
    of: (random) => how(oneOf(random, numbered(kind, count))),
  }));
const KILLS = ofEach(kill);
const HALTS = ofEach(halt);
const COSMOS = [
  cosmos('answers every second request 429', { kind: 'throttle', every: 2, retryAfterMs: 50 }),
  cosmos('stalls for 2 s', { kind: 'stall', holdMs: 2_000 }),
].map((fault) => ({ kind: 'cosmos', of: () => fault }));

/** How many faults there are. */
export const ALL = KILLS.length + HALTS.length + COSMOS.length;

/** How many a short run has: of each part a kill, or what else may befall it. */
export const FIRST = 4;

/**
 * Faults in an order of chance, without end. The first are one kill each of a service, of a broker
 * and of Redis, and one fault of Cosmos DB; then come the others, each once, and then all of them
 * over again.
 */
export function* faults(random) {
  const killOf = (...kinds) => oneOf(random, KILLS.filter(({ kind }) => kinds.includes(kind)));
  const first = [killOf(...SERVICES), killOf('kafka'), killOf('redis'), oneOf(random, COSMOS)];
  const all = [...KILLS, ...HALTS, ...COSMOS];
  for (const { of } of shuffled(random, first)) {
    yield of(random);
  }
  for (let next = all.filter((fault) => !first.includes(fault)); ; next = all) {
    for (const { of } of shuffled(random, next)) {
      yield of(random);
    }
  }
}
