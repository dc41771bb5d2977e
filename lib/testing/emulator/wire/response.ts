import { randomUUID } from 'node:crypto';
import { MESSAGES } from './messages.js';

/** The text Cohere documents for a status, or one that its users report; the rest is ours. */
export const STATUS_TEXTS: ReadonlyMap<number, string> = new Map([
  [400, MESSAGES.invalidRequest],
  [401, MESSAGES.invalidToken],
  [402, MESSAGES.paymentMethod],
  [403, MESSAGES.forbidden],
  [404, MESSAGES.pageNotFound],
  [405, MESSAGES.methodNotAllowed],
  [408, 'request timeout'],
  [413, MESSAGES.bodyTooLarge],
  [422, 'unprocessable entity'],
  [429, MESSAGES.pastMinuteLimit],
  [498, 'invalid token'],
  [499, 'request cancelled'],
  [500, 'internal server error, this has been reported to our developers.'],
  [501, 'not implemented'],
  [502, 'bad gateway'],
  [503, 'service unavailable'],
  [504, 'gateway timeout'],
]);

const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** A response before it is written. */
export interface EmulatorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Ends a request with one of Cohere's errors. Never leaves the emulator. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function emulatorResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): EmulatorResponse {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) };
}

/** Cohere's one error shape, `{ id, message }`; its 401s were recorded without the id. */
export function emulatorError(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): EmulatorResponse {
  const body = status === 401 ? { message } : { id: randomUUID(), message };
  return emulatorResponse(status, body, headers);
}

/** The 200 with what `makeBody` returns, or the refusal that it throws: either has the headers. */
export function respondWith(
  headers: Readonly<Record<string, string>>,
  makeBody: () => object,
): EmulatorResponse {
  try {
    return emulatorResponse(200, makeBody(), headers);
  } catch (error) {
    throw error instanceof Refusal
      ? new Refusal(error.status, error.message, { ...headers, ...error.headers })
      : error;
  }
}
