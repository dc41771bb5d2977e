import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { EmulatedAccount } from '../endpoints/endpoint.interface.js';
import { applyFault } from '../faults/apply-fault.js';
import type { Delivery } from '../faults/delivery.js';
import type { FaultQueue } from '../faults/fault-queue.js';
import { describeRequest, type RequestTarget } from '../journal/describe-request.js';
import type { Journal, OpenRecord } from '../journal/journal.js';
import type { RecordedRequest } from '../journal/recorded-request.interface.js';
import { bearerToken } from '../keys/bearer-token.js';
import type { KeyRegistry } from '../keys/key-registry.js';
import { parseRequestBody } from '../wire/request-body.js';
import { answer, emulatorFailed, type IncomingCall } from './answer.js';
import { afterDelay, deliver } from './deliver.js';
import { readBody } from './read-body.js';

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
  // An idle connection is never closed from this side: a test that pauses meets no stray reset.
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
  const key = bearerToken(request.headers.authorization);
  const body = text === undefined ? undefined : parseRequestBody(text);
  const presented =
    key === undefined ? undefined : { value: key, fingerprint: parts.registry.fingerprintOf(key) };
  const record = describeRequest(request, target, body, presented, parts.clock());
  parts.journal.open(record, text?.length ?? 0);
  response.once('close', () => {
    record.durationMs = performance.now() - startedAt;
    parts.onRequest?.(record);
  });
  const delivery = decide(parts, record, {
    ...target,
    method: record.method,
    credential: { key, state: key === undefined ? undefined : parts.registry.stateOf(key) },
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
