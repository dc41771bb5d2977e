import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
// Imported, because the tests of an app may fake the global one.
import { clearTimeout, setTimeout } from 'node:timers';
import { answer, type IncomingCall } from './endpoints.js';
import type { EmulatedAccount } from './endpoints/endpoint.interface.js';
import {
  appliesTo,
  applyFault,
  type Delivery,
  type FailureQueue,
  type ScriptedFault,
} from './faults.js';
import { type Journal, type OpenRecord, type RecordedRequest, recordRequest } from './journal.js';
import { type KeyRegistry, readKey } from './keys.js';
import { emulatorError, type EmulatorResponse, parseRequestBody } from './wire.js';

const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** The dependencies of the server. */
export interface EmulatorParts {
  readonly registry: KeyRegistry;
  readonly account: EmulatedAccount;
  readonly faults: FailureQueue<ScriptedFault>;
  readonly journal: Journal;
  readonly clock: () => number;
  readonly latencyMs: number;
  /** The header of the key, in lower case. */
  readonly apiKeyHeader: string;
  readonly onRequest: ((request: RecordedRequest) => void) | undefined;
}

export function createEmulatorServer(parts: EmulatorParts): Server {
  const server = createServer((request, response) => {
    readBody(request, (text) => receive(parts, request, response, text));
  });
  // Never closes an idle connection, so that a paused test gets no unexpected reset.
  server.keepAliveTimeout = 0;
  return server;
}

/** The address of a server, also after it has stopped. */
export interface BoundAddress {
  readonly port: number;
  readonly url: string;
}

export function listen(server: Server, port: number, host: string): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : 0;
      const name = host.includes(':') ? `[${host}]` : host;
      resolve({ port: bound, url: `http://${name}:${bound}` });
    });
  });
}

/** Passes on the body as text, or `undefined` if it is too long. Does nothing if the caller disconnects before its end. */
function readBody(request: IncomingMessage, done: (text: string | undefined) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    }
  });
  request.on('end', () => {
    done(size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8'));
  });
}

function receive(
  parts: EmulatorParts,
  request: IncomingMessage,
  response: ServerResponse,
  text: string | undefined,
): void {
  const startedAt = performance.now();
  const { method = '', url = '/', headers } = request;
  const [path = '', ...rest] = url.split('?');
  const call: IncomingCall = {
    method,
    path,
    query: rest.join('?'),
    credential: parts.registry.credentialOf(readKey(headers, parts.apiKeyHeader)),
    contentType: headers['content-type'],
    body: text === undefined ? undefined : parseRequestBody(text),
  };
  const { [parts.apiKeyHeader]: _key, ...shown } = headers;
  const record = recordRequest(call, shown, parts.clock());
  parts.journal.open(record, text?.length ?? 0);
  response.once('close', () => {
    record.durationMs = performance.now() - startedAt;
    parts.onRequest?.(record);
  });
  const delivery = decide(parts, record, call);
  const delayMs = delivery.kind === 'whole' ? (delivery.delayMs ?? 0) : 0;
  afterDelay(response, parts.latencyMs + delayMs, () =>
    deliver(response, delivery, (status) => parts.journal.answered(record, status)),
  );
}

function decide(
  { faults, account }: EmulatorParts,
  record: OpenRecord,
  call: IncomingCall,
): Delivery {
  const reply = () => answer(call, account);
  try {
    const scripted = faults.take((options) => appliesTo(options, record));
    return scripted === undefined
      ? { kind: 'whole', reply: reply() }
      : applyFault(scripted.fault, reply);
  } catch (error) {
    // A score() or predicate of the test threw: the response tells the test why.
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'whole', reply: emulatorError(500, `the emulator failed: ${reason}`) };
  }
}

// As recorded from Cohere, without Server and Via, which would be false.
const ALWAYS_SENT = {
  'access-control-expose-headers': 'X-Debug-Trace-ID',
  'cache-control': 'no-cache, no-store, no-transform, must-revalidate, private, max-age=0',
  expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
  pragma: 'no-cache',
  vary: 'Origin',
  'x-accel-expires': '0',
  // Shows `nestjs-cohere doctor --live` and curl users that this is not Cohere.
  'x-nestjs-cohere-emulator': '1',
} as const;

/** The delay before a reset, which discards unread data of the caller. */
const READING_MS = 20;

function deliver(
  response: ServerResponse,
  delivery: Delivery,
  onSent: (status: number) => void,
): void {
  if (delivery.kind === 'none') {
    if (delivery.ending === 'reset') {
      reset(response);
    }
    return;
  }
  sendHead(response, delivery.reply);
  onSent(delivery.reply.status);
  if (delivery.kind === 'whole') {
    response.end(delivery.reply.body);
    return;
  }
  const bytes = Buffer.from(delivery.reply.body);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
    if (delivery.ending === 'close') {
      response.socket?.end();
    } else if (delivery.ending === 'reset') {
      afterDelay(response, READING_MS, () => reset(response));
    }
  });
}

function sendHead(response: ServerResponse, { status, headers, body }: EmulatorResponse): void {
  response.writeHead(status, {
    ...ALWAYS_SENT,
    'x-debug-trace-id': randomUUID().replaceAll('-', ''),
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
}

/** Runs `send` after a delay, unless the caller has disconnected or the emulator has stopped by then. */
function afterDelay(response: ServerResponse, delayMs: number, send: () => void): void {
  if (delayMs <= 0) {
    send();
    return;
  }
  const timer = setTimeout(send, delayMs);
  response.once('close', () => clearTimeout(timer));
}

// socket.resetAndDestroy() first closes its half in order, which a client sees as a normal end. This sets only its
// flag, so that the connection ends with a reset.
function reset({ socket }: ServerResponse): void {
  if (socket !== null) {
    Object.assign(socket, { resetAndClosing: true }).destroy();
  }
}
