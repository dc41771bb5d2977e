import type { ServerResponse } from 'node:http';
import type { Delivery } from '../faults/delivery.js';
import type { Reply } from '../wire/reply.js';

/** Sends what is to be sent, and leaves hanging what is to hang. */
export function deliver(
  response: ServerResponse,
  delivery: Delivery,
  headers: Readonly<Record<string, string>>,
): void {
  switch (delivery.kind) {
    case 'whole':
      sendAfter(response, delivery.reply, headers, delivery.delayMs ?? 0);
      return;
    case 'part':
      sendHalf(response, delivery.reply, headers, delivery.then);
      return;
    case 'none':
      if (delivery.then === 'reset') {
        response.socket?.resetAndDestroy();
      }
      return;
    default:
      delivery satisfies never;
  }
}

function sendAfter(
  response: ServerResponse,
  reply: Reply,
  headers: Readonly<Record<string, string>>,
  delayMs: number,
): void {
  if (delayMs <= 0) {
    send(response, reply, headers);
    return;
  }
  const timer = setTimeout(() => send(response, reply, headers), delayMs);
  // A caller that gives up, or an emulator that stops, must not leave the timer behind.
  response.once('close', () => clearTimeout(timer));
}

function send(
  response: ServerResponse,
  reply: Reply,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(reply.status, {
    ...reply.headers,
    ...headers,
    'content-length': Buffer.byteLength(reply.body),
  });
  response.end(reply.body);
}

function sendHalf(
  response: ServerResponse,
  reply: Reply,
  headers: Readonly<Record<string, string>>,
  then: 'hang' | 'reset' | 'close',
): void {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, {
    ...reply.headers,
    ...headers,
    'content-length': body.length,
  });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
    if (then === 'close') {
      response.socket?.end();
    } else if (then === 'reset') {
      response.socket?.resetAndDestroy();
    }
  });
}
