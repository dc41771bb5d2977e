import type { ArgumentsHost } from '@nestjs/common';
import { type Observable, of, throwError } from 'rxjs';
import { readProperty } from '../../diagnosis/read-safely.js';
import { toAscii } from '../../diagnosis/render/render-report.js';
import type { ErrorAnswer } from '../error-response.js';

/** Returns an Observable that fails: a filter that throws leaves the caller waiting, and a returned error arrives as a value. */
export function answerRpc(answer: ErrorAnswer): Observable<never> {
  return throwError(() => ({ status: 'error', ...answer }));
}

const INTERNAL = 13;

/** The gRPC statuses by HTTP status. A broken configuration (500) is FAILED_PRECONDITION: a retry cannot help. */
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

/** Metadata of `@grpc/grpc-js`, which is never imported: the class comes from the call. */
interface Metadata {
  add(key: string, value: string): void;
}

interface GrpcCall {
  readonly metadata: { readonly constructor: new () => Metadata };
  sendMetadata(metadata: unknown): void;
  emit(event: 'error', status: object): unknown;
}

/** Recognises a call of gRPC. */
export function isGrpc(host: ArgumentsHost): boolean {
  return host.getArgs<unknown[]>().some(isGrpcCall);
}

export function answerGrpc(host: ArgumentsHost, answer: ErrorAnswer): Observable<void> {
  const [first, callback] = host.getArgs<unknown[]>();
  const call = host.getArgs<unknown[]>().find(isGrpcCall);
  const status = toStatus(answer, call === undefined ? undefined : new call.metadata.constructor());
  if (!isGrpcCall(first)) {
    return throwError(() => status);
  }
  // @GrpcStreamCall: the return value does not reach the client, and an error would end the process.
  if (typeof callback === 'function') {
    callback(status);
  } else {
    first.emit('error', status);
  }
  return of(undefined);
}

function toStatus(
  { code, message, statusCode, fix = [], docs, retryAfterMs }: ErrorAnswer,
  metadata: Metadata | undefined,
): object {
  const entries = [
    ['code', code],
    ...fix.map((step) => ['fix', step] as const),
    ['docs', docs],
    ['retry-after-ms', retryAfterMs],
  ] as const;
  for (const [key, value] of entries) {
    if (value !== undefined) {
      // Metadata accepts only printable ASCII.
      metadata?.add(key, toAscii(String(value)));
    }
  }
  const status = code === undefined ? INTERNAL : (GRPC_STATUS[statusCode] ?? INTERNAL);
  return { code: status, details: message, message, metadata };
}

function isGrpcCall(value: unknown): value is GrpcCall {
  const metadataClass = readProperty(readProperty(value, 'metadata'), 'constructor');
  return (
    typeof readProperty(value, 'sendMetadata') === 'function' &&
    typeof readProperty(readProperty(metadataClass, 'prototype'), 'add') === 'function'
  );
}
