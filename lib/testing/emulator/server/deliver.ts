import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Delivery } from '../faults/apply-fault.js';
import type { EmulatorResponse } from '../wire/response.js';

// As recorded from Cohere; but no Server and no Via, since neither would be true.
const ALWAYS_SENT = {
  'access-control-expose-headers': 'X-Debug-Trace-ID',
  'cache-control': 'no-cache, no-store, no-transform, must-revalidate, private, max-age=0',
  expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
  pragma: 'no-cache',
  vary: 'Origin',
  'x-accel-expires': '0',
  // Tells `nestjs-cohere doctor --live`, and a person with curl, that this is not Cohere.
  'x-nestjs-cohere-emulator': '1',
} as const;

/** A reset throws away what the caller has not read yet; this is time to read it. */
const READING_MS = 20;

/** Sends what is to be sent, and leaves hanging what is to hang. `onSent` hears the status. */
export function deliver(
  response: ServerResponse,
  delivery: Delivery,
  onSent: (status: number) => void,
): void {
  switch (delivery.kind) {
    case 'whole':
      sendHead(response, delivery.reply, onSent);
      response.end(delivery.reply.body);
      return;
    case 'part':
      sendHead(response, delivery.reply, onSent);
      sendHalf(response, delivery.reply.body, delivery.ending);
      return;
    case 'none':
      if (delivery.ending === 'reset') {
        reset(response);
      }
      return;
    default:
      delivery satisfies never;
  }
}

/** Runs `send` after a while, unless the caller has gone or the emulator has stopped by then. */
export function afterDelay(response: ServerResponse, delayMs: number, send: () => void): void {
  if (delayMs <= 0) {
    send();
    return;
  }
  const timer = setTimeout(send, delayMs);
  response.once('close', () => clearTimeout(timer));
}

function sendHead(
  response: ServerResponse,
  { status, headers, body }: EmulatorResponse,
  onSent: (status: number) => void,
): void {
  response.writeHead(status, {
    ...ALWAYS_SENT,
    'x-debug-trace-id': randomUUID().replaceAll('-', ''),
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
  onSent(status);
}

function sendHalf(
  response: ServerResponse,
  body: string,
  ending: 'hang' | 'reset' | 'close',
): void {
  const bytes = Buffer.from(body);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
    if (ending === 'close') {
      response.socket?.end();
    } else if (ending === 'reset') {
      afterDelay(response, READING_MS, () => reset(response));
    }
  });
}

// socket.resetAndDestroy() closes its half in good order first, which a client takes for a plain end. This
// is the flag that it sets before: the connection then ends with a reset and nothing else.
function reset({ socket }: ServerResponse): void {
  if (socket !== null) {
    Object.assign(socket, { resetAndClosing: true }).destroy();
  }
}
