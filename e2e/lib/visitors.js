import { oneOf } from './random.js';
import { connected, stompClient } from './stomp.js';
import { until } from './wait.js';

/** How soon all know of a change, in ms: of a user who comes or leaves, and of one whose edge dies. */
const CHANGE_MILLIS = 10_000;
const EDGE_DEATH_MILLIS = 15_000;

/** Users who do nothing but come and leave, one at each edge, and those who are told of it. */
export class Visitors {
  /** What is wrong: a text each. */
  broken = [];

  /** The longest that a change took until all had been told, in ms. */
  slowest = 0;

  #clients = new Map();

  /**
   * @param rests edge to the REST protocol there, for its visitor
   * @param watchers participants who follow all visitors
   */
  constructor(rests, watchers) {
    this.rests = rests;
    this.watchers = watchers;
  }

  get edges() {
    return [...this.rests.keys()];
  }

  async come(edge) {
    const { url, token } = this.rests.get(edge);
    await this.#clients.get(edge)?.deactivate({ force: true });
    const client = stompClient(url, token);
    this.#clients.set(edge, client);
    await connected(client);
    await this.#becomes(edge, 'online', CHANGE_MILLIS);
  }

  async leave(edge) {
    await this.#clients.get(edge).deactivate();
    await this.#becomes(edge, 'offline', CHANGE_MILLIS);
  }

  /** The edge has just died. */
  died(edge) {
    return this.#becomes(edge, 'offline', EDGE_DEATH_MILLIS);
  }

  /** After a fault: all are there, some anew; one leaves and comes again. */
  async move(random) {
    for (const edge of this.edges) {
      if (this.#clients.get(edge).connected) {
        await this.#becomes(edge, 'online', CHANGE_MILLIS);
      } else {
        await this.come(edge);
      }
    }
    const edge = oneOf(random, this.edges);
    await this.leave(edge);
    await this.come(edge);
  }

  async #becomes(edge, status, patience) {
    const { user } = this.rests.get(edge);
    const began = Date.now();
    const told = () => this.watchers.map(({ presence }) => presence.get(user));
    try {
      await until(
        `all know that ${user} is ${status}`,
        began + patience,
        () => told().every((one) => one === status),
        () => `(${told().join()})`,
      );
    } catch (late) {
      this.broken.push(late.message);
    }
    this.slowest = Math.max(this.slowest, Date.now() - began);
  }

  close() {
    return Promise.all([...this.#clients.values()].map((client) => client.deactivate({ force: true })));
  }
}
