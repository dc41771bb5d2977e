import type { ArgumentsHost } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import { readProperty } from '../../diagnosis/read-safely.js';
import { toAscii } from '../../diagnosis/render/render-terminal.js';
import type { ErrorAnswer } from '../error-response.js';

const INTERNAL = 13;

/** gRPC's statuses, by ours. A broken configuration (500) is FAILED_PRECONDITION: a retry cannot help. */
const GRPC_STATUS: Readonly<Record<number, number>> = {
  400: 3, // INVALID_ARGUMENT
  401: 16, // UNAUTHENTICATED
  402: 9, // FAILED_PRECONDITION
  403: 7, // PERMISSION_DENIED
  404: 5, // NOT_FOUND
  429: 8, // RESOURCE_EXHAUSTED
  500: 9, // FAILED_PRECONDITION
  502: 14, // UNAVAILABLE
  503: 14, // UNAVAILABLE
  504: 4, // DEADLINE_EXCEEDED
};

/** Metadata of `@grpc/grpc-js`, which is never imported: the call brings its own class. */
interface Metadata {
  add(key: string, value: string): void;
}
type MetadataClass = new () => Metadata;

/** Metadata's class where the call is one of gRPC, `undefined` for every other transport of a microservice. */
export function grpcMetadataClass(host: ArgumentsHost): MetadataClass | undefined {
  const call: unknown = host.getArgByIndex(2);
  const metadataClass = readProperty(readProperty(call, 'metadata'), 'constructor');
  return typeof readProperty(call, 'sendMetadata') === 'function' && isMetadataClass(metadataClass)
    ? metadataClass
    : undefined;
}

export function answerGrpc(answer: ErrorAnswer, metadataClass: MetadataClass): Observable<never> {
  const { code, message, statusCode, fix = [], docs, retryAfterMs } = answer;
  const metadata = new metadataClass();
  const entries = [
    ['code', code],
    ...fix.map((step) => ['fix', step] as const),
    ['docs', docs],
    ['retry-after-ms', retryAfterMs],
  ] as const;
  for (const [key, value] of entries) {
    if (value !== undefined) {
      // Metadata refuses anything but printable ASCII.
      metadata.add(key, toAscii(String(value)));
    }
  }
  const status = code === undefined ? INTERNAL : (GRPC_STATUS[statusCode] ?? INTERNAL);
  return throwError(() => ({ code: status, details: message, message, metadata }));
}

function isMetadataClass(value: unknown): value is MetadataClass {
  return (
    typeof value === 'function' &&
    typeof readProperty(readProperty(value, 'prototype'), 'add') === 'function'
  );
}
