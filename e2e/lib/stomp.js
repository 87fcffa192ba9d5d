import { Client, ReconnectionTimeMode } from '@stomp/stompjs';
import { WebSocket } from 'ws';

/**
 * A client of `@stomp/stompjs` for one user, not connected yet. It does not reconnect by itself
 * unless `options` say so; all of them are those of stompjs. `url` may be a function, which gives
 * the address of each connection.
 */
export function stompClient(url, token, options = {}) {
  const address = typeof url === 'function' ? url : () => url;
  return new Client({
    webSocketFactory: () => new WebSocket(`${address().replace(/^http/, 'ws')}/ws`, ['v12.stomp']),
    connectHeaders: { Authorization: `Bearer ${token}` },
    heartbeatIncoming: 5_000,
    heartbeatOutgoing: 5_000,
    reconnectDelay: 0,
    ...options,
  });
}

/** For those who connect again and again, each time to wherever the address then is. */
export const PERSISTENT = {
  connectionTimeout: 5_000,
  reconnectDelay: 250,
  maxReconnectDelay: 2_000,
  reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
  discardWebsocketOnCommFailure: true,
};

/** Connects; rejects where the server refuses or closes first. */
export function connected(client) {
  return new Promise((resolve, reject) => {
    client.onConnect = () => resolve(client);
    client.onStompError = (frame) => reject(new Error(frame.headers.message));
    client.onWebSocketClose = (event) => reject(new Error(`closed: ${event.code} ${event.reason}`));
    client.activate();
  });
}

/** Sends with a receipt; resolves with the sequence once the event is durable. */
export function send(client, destination, body, receipt = crypto.randomUUID()) {
  return new Promise((resolve) => {
    client.watchForReceipt(receipt, (frame) => resolve(Number(frame.headers.sequence)));
    client.publish({
      destination,
      headers: { receipt, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  });
}
