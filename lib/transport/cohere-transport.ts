import type { Dispatcher } from 'undici';
import { ConcurrencyLimit } from './concurrency-limit.js';
import { readProxyVariables, type ProxyAddresses } from './proxy-variables.js';
import { Exchange } from './exchange.js';
import type { CohereSettings } from '../config/resolved-configuration.interface.js';
import { VERSION } from '../diagnosis/library.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { createError } from '../diagnosis/errors.js';
import { abortable } from './abortable.js';
import { InterruptedAttempt } from './attempt-failure.js';
import { OpenCalls } from './call-scope.js';
import { createDispatcher } from './connection-pool.js';
import { RateLimit } from './rate-limit.js';
import { RetryBudget } from './retry-budget.js';

const CLOSE_MS = 5_000;

export type TransportSettings = Pick<
  CohereSettings,
  'baseUrl' | 'headers' | 'clientName' | 'dispatcher' | 'concurrency' | 'rateLimiter'
>;

export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  /** Under the base URL, with a slash in front: `/v2/rerank`. */
  readonly path: string;
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
  /** JSON. */
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The way to one Cohere deployment: a pool of connections, and what all calls through it share. One
 * request is one attempt; it follows no redirect, so that the key goes to no other origin.
 */
export class CohereTransport {
  readonly baseUrl: string;
  readonly origin: string;
  /** Requests of rerank in flight. */
  readonly concurrency: ConcurrencyLimit;
  readonly retryBudget = new RetryBudget();
  readonly calls = new OpenCalls();
  /** Where every request that counts takes its point first. */
  readonly rateLimit: RateLimit | undefined;
  /** Sent with every request, in undici's flat form: name, value, name, value. */
  readonly headers: readonly string[];
  readonly #ownsDispatcher: boolean;
  readonly #proxies: ProxyAddresses | undefined;
  #dispatcher: Dispatcher | undefined;
  #loading: Promise<Dispatcher> | undefined;
  readonly #basePath: string;
  #closing: Promise<void> | undefined;

  /** @throws ConfigurationError when a proxy variable of the environment holds no address */
  constructor(settings: TransportSettings, warn: (message: string) => void = warnOfProcess) {
    const url = new URL(settings.baseUrl);
    this.baseUrl = settings.baseUrl;
    this.origin = url.origin;
    this.#basePath = url.pathname.replace(/\/+$/, '');
    this.concurrency = new ConcurrencyLimit(settings.concurrency);
    this.headers = commonHeaders(settings);
    this.rateLimit =
      settings.rateLimiter === undefined
        ? undefined
        : new RateLimit({ limiter: settings.rateLimiter, deployment: settings.baseUrl, warn });
    this.#ownsDispatcher = settings.dispatcher === undefined;
    this.#dispatcher = settings.dispatcher;
    this.#proxies = this.#ownsDispatcher
      ? readProxyVariables(process.env, settings.baseUrl)
      : undefined;
  }

  /** The proxy on the way, without user and password; unknown where the app brings its own dispatcher. */
  get proxy(): string | undefined {
    const address = this.#proxies?.httpsProxy || this.#proxies?.httpProxy;
    const { protocol, host } = new URL(address ?? this.origin);
    return address === undefined ? undefined : `${protocol}//${host}`;
  }

  /** The pool; loads undici and makes it the first time. */
  loadDispatcher(): Promise<Dispatcher> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /**
   * Sends one request and reads its whole answer, whatever its status; up to 64 MiB, of an error 64 KiB.
   *
   * @throws what undici throws when there is no answer; InterruptedAttempt when the signal aborts;
   *   UnusableResponse when the answer is too large
   */
  async send(request: TransportRequest): Promise<ReceivedResponse> {
    const dispatcher = this.#dispatcher ?? (await abortable(this.loadDispatcher(), request.signal));
    const { method, path, authorization, body, signal } = request;
    if (signal.aborted) {
      throw new InterruptedAttempt('connect');
    }
    const headers = [...this.headers];
    if (authorization !== undefined) {
      headers.push('authorization', authorization);
    }
    if (body !== undefined) {
      headers.push('content-type', 'application/json');
    }
    return new Promise((resolve, reject) => {
      dispatcher.dispatch(
        { origin: this.origin, path: this.#basePath + path, method, headers, body: body ?? null },
        new Exchange(signal, resolve, reject),
      );
    });
  }

  /**
   * Closes the pool once what is in flight has ended, and after five seconds in any case: a chat may
   * stream for minutes. A dispatcher of the app stays open. May be called more than once.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends everything at once, for a boot that has failed. A dispatcher of the app stays open. */
  destroy(): void {
    this.#closing ??= Promise.resolve();
    if (this.#ownsDispatcher) {
      this.#dispatcher?.destroy().catch(() => undefined);
    }
  }

  async #load(): Promise<Dispatcher> {
    if (this.#closing !== undefined) {
      throw new TransportClosed();
    }
    const dispatcher = this.#dispatcher ?? (await createDispatcher(this.#proxies));
    this.#dispatcher = dispatcher;
    return dispatcher;
  }

  async #close(): Promise<void> {
    if (!this.#ownsDispatcher) {
      return;
    }
    // A request may have asked for the pool without having it yet.
    const dispatcher = this.#dispatcher ?? (await this.#loading);
    if (dispatcher !== undefined) {
      await closeWithin(CLOSE_MS, dispatcher);
    }
  }
}

function warnOfProcess(message: string): void {
  process.emitWarning(message);
}

/** As undici's own error for a pool that is closed. */
class TransportClosed extends Error {
  readonly code = 'UND_ERR_CLOSED';
}

async function closeWithin(milliseconds: number, dispatcher: Dispatcher): Promise<void> {
  const timer = setTimeout(() => void dispatcher.destroy(), milliseconds);
  try {
    await dispatcher.close();
  } finally {
    clearTimeout(timer);
  }
}

/**
 * JSON of a request.
 *
 * @throws InvalidRequestError when there is more of it than a string can hold, half a gigabyte
 */
export function toJson(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
    throw createError(
      createDiagnosis('COHERE_REQUEST_INVALID', {
        title: 'The request is too large to be sent.',
        detail:
          'Its JSON would be longer than a string may be in Node. Nothing was sent to Cohere.',
        fix: ['Send fewer or shorter documents, or lower maxDocumentsPerRequest.'],
      }),
    );
  }
}

function commonHeaders(settings: TransportSettings): string[] {
  const headers = new Map([
    ['accept', 'application/json'],
    ['user-agent', `nestjs-cohere/${VERSION} node/${process.versions.node}`],
  ]);
  if (settings.clientName !== undefined) {
    headers.set('x-client-name', settings.clientName);
  }
  for (const [name, value] of Object.entries(settings.headers)) {
    headers.set(name.toLowerCase(), value);
  }
  return [...headers].flat();
}
