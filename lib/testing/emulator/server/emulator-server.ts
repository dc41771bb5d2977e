import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { EmulatedAccount } from '../endpoints/endpoint.interface.js';
import { type Delivery, applyFault } from '../faults/apply-fault.js';
import type { FaultQueue } from '../faults/fault-queue.js';
import type { Journal } from '../journal/journal.js';
import {
  type OpenRecord,
  type RecordedRequest,
  type RequestTarget,
  recordRequest,
} from '../journal/recorded-request.js';
import { bearerToken } from '../keys/authenticate.js';
import type { KeyRegistry } from '../keys/key-registry.js';
import { parseRequestBody } from '../wire/request-body.js';
import { type IncomingCall, answer, emulatorFailed } from './answer.js';
import { afterDelay, deliver } from './deliver.js';

const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** What a request passes through on its way. */
export interface EmulatorParts {
  readonly registry: KeyRegistry;
  readonly account: EmulatedAccount;
  readonly faults: FaultQueue;
  readonly journal: Journal;
  readonly clock: () => number;
  readonly latencyMs: number;
  readonly onRequest: ((request: RecordedRequest) => void) | undefined;
}

export function createEmulatorServer(parts: EmulatorParts): Server {
  const server = createServer((request, response) => {
    readBody(request, MAX_BODY_BYTES, (text) => receive(parts, request, response, text));
  });
  // This side never closes an idle connection, so a test that pauses gets no unexpected reset.
  server.keepAliveTimeout = 0;
  return server;
}

function receive(
  parts: EmulatorParts,
  request: IncomingMessage,
  response: ServerResponse,
  text: string | undefined,
): void {
  const startedAt = performance.now();
  const target = targetOf(request.url ?? '/');
  const credential = parts.registry.credentialOf(bearerToken(request.headers.authorization));
  const body = text === undefined ? undefined : parseRequestBody(text);
  const record = recordRequest(request, target, body, credential, parts.clock());
  parts.journal.open(record, text?.length ?? 0);
  response.once('close', () => {
    record.durationMs = performance.now() - startedAt;
    parts.onRequest?.(record);
  });
  const delivery = decide(parts, record, {
    ...target,
    method: record.method,
    credential,
    contentType: request.headers['content-type'],
    body,
  });
  afterDelay(
    response,
    parts.latencyMs + (delivery.kind === 'whole' ? (delivery.delayMs ?? 0) : 0),
    () => deliver(response, delivery, (status) => parts.journal.answered(record, status)),
  );
}

function decide(
  { faults, account }: EmulatorParts,
  record: OpenRecord,
  call: IncomingCall,
): Delivery {
  const reply = () => answer(call, account);
  try {
    const fault = faults.take(record);
    return fault === undefined ? { kind: 'whole', reply: reply() } : applyFault(fault, reply);
  } catch (error) {
    return { kind: 'whole', reply: emulatorFailed(error) };
  }
}

function targetOf(url: string): RequestTarget {
  const mark = url.indexOf('?');
  return mark === -1
    ? { path: url, query: '' }
    : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

/** Where a server listens; stays readable when it has stopped. */
export interface BoundAddress {
  readonly port: number;
  readonly url: string;
}

export function listen(server: Server, port: number, host: string): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(boundAddress(server, host));
    });
  });
}

function boundAddress(server: Server, host: string): BoundAddress {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

/**
 * Passes on the body as text, or `undefined` when it is longer than `limit` bytes. Nothing happens when the caller
 * leaves before its end.
 */
function readBody(
  request: IncomingMessage,
  limit: number,
  done: (text: string | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) {
      chunks.push(chunk);
    }
  });
  request.on('end', () => {
    done(size > limit ? undefined : Buffer.concat(chunks).toString('utf8'));
  });
}

/**
 * A warning, not a refusal: nothing reaches the emulator unless a base URL points to it, and a demo image
 * may well be built with NODE_ENV=production. But it must not go unnoticed.
 */
export function warnInProduction(): void {
  if (process.env['NODE_ENV'] === 'production') {
    process.emitWarning(
      'The Cohere emulator is running with NODE_ENV=production. It ranks by word overlap and accepts well-known keys: use it for tests and demos only.',
      { code: 'COHERE_EMULATOR_IN_PRODUCTION' },
    );
  }
}
