import { Client } from '/webjars/stomp__stompjs/7.2.1/esm6/index.js';
import { Problem } from './api.js';

/** The server's close code for a planned stop; the reason holds the delay to wait, in ms. */
const SERVER_STOPS = 4009;
const FIRST_DELAY_MILLIS = 500;
const MAX_DELAY_MILLIS = 15_000;
const HEART_BEAT_MILLIS = 5_000;

/**
 * The one STOMP connection of the page. It connects again by itself, with a growing random delay;
 * subscriptions and requests outlive the connection: on a new one, every subscription is made again
 * with fresh headers, and every request without an answer is sent again, in the order of the first
 * time. So a request must be safe to send twice.
 */
export class Connection {
  #url;
  #token;
  #onState;
  #onUnauthenticated;
  #client = null;
  #wanted = false;
  #ready = false;
  #attempts = 0;
  #timer = null;
  #ids = 0;
  #subscriptions = new Set();
  #requests = new Map();
  #receipts = new Map();
  #heart = null;

  /**
   * @param url of the WebSocket
   * @param token gives the bearer token, or a promise of it
   * @param onState called with `{status: 'connecting' | 'online' | 'waiting', retryAt?}`
   * @param onUnauthenticated called when the server does not take the token
   */
  constructor({ url, token, onState, onUnauthenticated }) {
    this.#url = url;
    this.#token = token;
    this.#onState = onState;
    this.#onUnauthenticated = onUnauthenticated;
  }

  start() {
    this.#wanted = true;
    // A timer of the page slows down in a hidden tab, one of a worker does not: the tab stays present.
    this.#heart = new Worker('/js/heart.js');
    this.#heart.onmessage = () => this.#beat();
    this.#connect();
  }

  stop() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#heart?.terminate();
    this.#client?.deactivate();
    this.#client = null;
  }

  /** Does not wait for the delay. */
  reconnectNow() {
    if (this.#wanted && this.#timer !== null) {
      this.#connect();
    }
  }

  get online() {
    return this.#ready;
  }

  /**
   * Subscribes now and on every later connection.
   *
   * @param headers gives the headers at that moment
   * @param onMessage called with the parsed body and the frame's headers
   * @param onReady called when the server has made the subscription
   * @param onRejected called with the `Problem` where the server refuses; the subscription is over
   */
  subscribe(destination, { headers = () => ({}), onMessage, onReady, onRejected }) {
    const subscription = { destination, headers, onMessage, onReady, onRejected, active: null };
    this.#subscriptions.add(subscription);
    if (this.#ready) {
      this.#open(subscription);
    }
    return {
      unsubscribe: () => {
        this.#subscriptions.delete(subscription);
        if (this.#ready) {
          subscription.active?.unsubscribe();
        }
        subscription.active = null;
      },
    };
  }

  /**
   * Sends, and resolves with `{sequence}` when the server says that it is durable; rejects with a
   * `Problem` where the server refuses. Waits as long as it takes.
   */
  request(destination, body, id = this.#nextId()) {
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { destination, body, resolve, reject });
      if (this.#ready) {
        this.#transmit(id);
      }
    });
  }

  /** Sends what is of the moment: once, without an answer, and not at all while not connected. */
  tell(destination, body) {
    if (this.#ready) {
      this.#client.publish({
        destination,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    }
  }

  /** Forgets a request: its answer is not wanted any more. */
  forget(id) {
    this.#requests.delete(id);
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#onState({ status: 'connecting' });
    const client = new Client({
      brokerURL: this.#url,
      reconnectDelay: 0,
      connectionTimeout: 10_000,
      heartbeatIncoming: HEART_BEAT_MILLIS,
      heartbeatOutgoing: HEART_BEAT_MILLIS,
      beforeConnect: async () => {
        client.connectHeaders = { Authorization: `Bearer ${await this.#token()}` };
      },
      onConnect: () => this.#connected(),
      onStompError: (frame) => this.#failed(frame),
      onUnhandledReceipt: (frame) => this.#receipt(frame),
      onWebSocketClose: (close) => this.#closed(client, close),
    });
    this.#client = client;
    client.activate();
  }

  #connected() {
    this.#receipts.clear();
    const receipt = this.#nextId();
    // Rejections first: without that subscription a refusal would close the connection.
    this.#receipts.set(receipt, () => this.#becomeReady());
    this.#client.subscribe('/user/queue/rejections', (message) => this.#rejection(message), {
      receipt,
    });
  }

  #becomeReady() {
    this.#ready = true;
    this.#attempts = 0;
    this.#onState({ status: 'online' });
    this.#subscriptions.forEach((subscription) => this.#open(subscription));
    [...this.#requests.keys()].forEach((id) => this.#transmit(id));
  }

  #open(subscription) {
    const receipt = this.#nextId();
    this.#receipts.set(receipt, (frame) => subscription.onReady?.(frame.headers));
    this.#receipts.get(receipt).rejected = (problem) => {
      this.#subscriptions.delete(subscription);
      subscription.onRejected?.(problem);
    };
    subscription.active = this.#client.subscribe(
      subscription.destination,
      (message) => {
        if (this.#subscriptions.has(subscription)) {
          subscription.onMessage(JSON.parse(message.body), message.headers);
        }
      },
      { ...subscription.headers(), receipt },
    );
  }

  #transmit(id) {
    const { destination, body } = this.#requests.get(id);
    this.#client.publish({
      destination,
      headers: { receipt: id, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  #receipt(frame) {
    const id = frame.headers['receipt-id'];
    const request = this.#requests.get(id);
    if (request) {
      this.#requests.delete(id);
      request.resolve({ sequence: Number(frame.headers.sequence) });
      return;
    }
    const handler = this.#receipts.get(id);
    this.#receipts.delete(id);
    handler?.(frame);
  }

  #rejection(message) {
    const id = message.headers['receipt-id'];
    const problem = new Problem({ code: message.headers.code, ...parsed(message.body) });
    const request = this.#requests.get(id);
    if (request) {
      this.#requests.delete(id);
      request.reject(problem);
      return;
    }
    const handler = this.#receipts.get(id);
    this.#receipts.delete(id);
    handler?.rejected?.(problem);
  }

  #failed(frame) {
    const code = frame.headers.code ?? parsed(frame.body).code;
    if (code === 'unauthenticated') {
      this.#onUnauthenticated();
    }
  }

  #closed(client, close) {
    client.deactivate();
    if (client !== this.#client) {
      return;
    }
    this.#ready = false;
    if (!this.#wanted) {
      return;
    }
    const delay = this.#delay(close);
    this.#attempts++;
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#onState({ status: 'waiting', retryAt: Date.now() + delay });
  }

  #delay(close) {
    const told = close.code === SERVER_STOPS ? /\d+/.exec(close.reason) : null;
    if (told) {
      return Math.min(Number(told[0]), 60_000);
    }
    const bound = Math.min(FIRST_DELAY_MILLIS * 2 ** this.#attempts, MAX_DELAY_MILLIS);
    return bound / 2 + (Math.random() * bound) / 2;
  }

  #beat() {
    const socket = this.#client?.webSocket;
    if (this.#ready && socket?.readyState === WebSocket.OPEN) {
      socket.send('\n');
    }
  }

  #nextId() {
    return `r-${++this.#ids}`;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
