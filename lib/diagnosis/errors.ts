import { CATALOGUE, type DiagnosisCode } from './catalogue.js';
import type { Diagnosis } from './diagnosis.interface.js';

// Registered, so that two copies of this library in one tree recognise each other's errors.
const BRAND = Symbol.for('nestjs-cohere.error');

/** Marks a class with a name that its instances share with those of other copies of this library. */
function brandError(errorClass: { readonly prototype: object }, name: string): void {
  Object.defineProperty(errorClass.prototype, BRAND, { value: name });
  Object.defineProperty(errorClass.prototype, 'name', { value: name, writable: true });
}

/**
 * Base of every error this library throws. `message` is the diagnosis' title, `diagnosis` the whole
 * record. It has no enumerable properties and no `cause`, because both would be printed, and the
 * cause of an HTTP error can contain a key.
 *
 * @example
 * ```ts
 * catch (error) {
 *   if (error instanceof DiagnosedError && error.diagnosis.retryable) { … }
 * }
 * ```
 * @publicApi
 */
export abstract class DiagnosedError extends Error {
  readonly #diagnosis: Diagnosis;

  constructor(diagnosis: Diagnosis) {
    super(diagnosis.title);
    this.#diagnosis = diagnosis;
  }

  get diagnosis(): Diagnosis {
    return this.#diagnosis;
  }

  get code(): DiagnosisCode {
    return this.diagnosis.code;
  }

  toJSON(): Diagnosis & { readonly name: string } {
    return { name: this.name, ...this.diagnosis };
  }

  static override [Symbol.hasInstance](
    this: { readonly prototype: object },
    value: unknown,
  ): boolean {
    const name = Object.getOwnPropertyDescriptor(this.prototype, BRAND)?.value;
    if (name === undefined) {
      return Function.prototype[Symbol.hasInstance].call(this, value);
    }
    for (let link: unknown = value; isObject(link); link = Object.getPrototypeOf(link)) {
      if (Object.getOwnPropertyDescriptor(link, BRAND)?.value === name) {
        return true;
      }
    }
    return false;
  }
}
brandError(DiagnosedError, 'DiagnosedError');

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * The API key is missing, malformed, or was refused by Cohere. The exception filter answers 401.
 *
 * @publicApi
 */
export class AuthenticationError extends DiagnosedError {}
brandError(AuthenticationError, 'AuthenticationError');

/**
 * One or more settings are wrong. Every problem of the configuration is in `problems`, not only the first.
 *
 * @publicApi
 */
export class ConfigurationError extends DiagnosedError {
  readonly #problems: readonly Diagnosis[];

  /** @param problems at least one; the first is the error's own `diagnosis` unless one is given */
  constructor(diagnosis: Diagnosis, problems: readonly Diagnosis[] = [diagnosis]) {
    super(diagnosis);
    this.#problems = problems;
  }

  get problems(): readonly Diagnosis[] {
    return this.#problems;
  }
}
brandError(ConfigurationError, 'ConfigurationError');

/**
 * The call itself cannot succeed: an argument is wrong, or the model does not exist.
 *
 * @publicApi
 */
export class InvalidRequestError extends DiagnosedError {}
brandError(InvalidRequestError, 'InvalidRequestError');

/**
 * Too many requests per minute, and no retry fit into the deadline.
 *
 * @publicApi
 */
export class RateLimitError extends DiagnosedError {
  readonly #retryAfterMs: number | undefined;

  constructor(diagnosis: Diagnosis, retryAfterMs?: number) {
    super(diagnosis);
    this.#retryAfterMs = retryAfterMs;
  }

  /** The retry delay that the server sent, in milliseconds, if any. */
  get retryAfterMs(): number | undefined {
    return this.#retryAfterMs;
  }
}
brandError(RateLimitError, 'RateLimitError');

/**
 * The account's monthly quota is used up, or billing blocks it; waiting a minute does not help.
 *
 * @publicApi
 */
export class QuotaError extends DiagnosedError {}
brandError(QuotaError, 'QuotaError');

/**
 * Cohere could not be reached, failed, or returned a response that is not valid.
 *
 * @publicApi
 */
export class UnavailableError extends DiagnosedError {
  readonly #retryAfterMs: number | undefined;

  constructor(diagnosis: Diagnosis, retryAfterMs?: number) {
    super(diagnosis);
    this.#retryAfterMs = retryAfterMs;
  }

  /** The retry delay that the server sent, in milliseconds, if any. */
  get retryAfterMs(): number | undefined {
    return this.#retryAfterMs;
  }
}
brandError(UnavailableError, 'UnavailableError');

/**
 * The deadline of the whole call (`timeoutMs`) passed before there was an answer.
 *
 * @publicApi
 */
export class TimeoutError extends DiagnosedError {}
brandError(TimeoutError, 'TimeoutError');

/** Creates the error of the class that the catalogue names for the code. */
export function createError(diagnosis: Diagnosis, retryAfterMs?: number): DiagnosedError {
  const { error } = CATALOGUE[diagnosis.code];
  switch (error) {
    case 'AuthenticationError':
      return new AuthenticationError(diagnosis);
    case 'ConfigurationError':
      return new ConfigurationError(diagnosis);
    case 'InvalidRequestError':
      return new InvalidRequestError(diagnosis);
    case 'RateLimitError':
      return new RateLimitError(diagnosis, retryAfterMs);
    case 'QuotaError':
      return new QuotaError(diagnosis);
    case 'UnavailableError':
      return new UnavailableError(diagnosis, retryAfterMs);
    case 'TimeoutError':
      return new TimeoutError(diagnosis);
    default:
      return error satisfies never;
  }
}

/** Returns every problem of a ConfigurationError, the one diagnosis of any other error. */
export function problemsOf(error: DiagnosedError): readonly Diagnosis[] {
  return error instanceof ConfigurationError ? error.problems : [error.diagnosis];
}
