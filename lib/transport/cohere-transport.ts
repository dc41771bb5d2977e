import { ConcurrencyLimit } from './concurrency-limit.js';
import { decode, decodeStream, toText } from './content-encoding.js';
import {
  type Answer,
  type ConnectionSource,
  exchangeStreamed,
  exchangeWhole,
  MAX_ERROR_BYTES,
  type StreamedAnswer,
  type WireRequest,
} from './exchange.js';
import { type Proxy, readProxyVariables } from './proxy/proxy-variables.js';
import { uninspected } from '../config/resolve-settings.js';
import type { Secret } from '../config/api-key/secret.js';
import type { CohereSettings } from '../config/resolved-configuration.interface.js';
import { VERSION } from '../diagnosis/library.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError } from '../diagnosis/errors.js';
import { abortable } from './abortable.js';
import { connectionsOf } from './app-dispatcher.js';
import { type EndSignal, OpenCalls } from './call-scope.js';
import type { ConnectionPool } from './connection-pool.js';
import { RateLimit } from './rate-limit.js';
import { RetryBudget } from './retry-budget.js';

export type TransportSettings = Pick<
  CohereSettings,
  | 'baseUrl'
  | 'apiKeyHeader'
  | 'headers'
  | 'clientName'
  | 'dispatcher'
  | 'concurrency'
  | 'rateLimiter'
>;

export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  /** Under the base URL, with a slash in front: `/v1/models`. */
  readonly path: string;
  readonly key: Secret | undefined;
  /** JSON. */
  readonly body?: string | undefined;
  readonly signal: EndSignal;
  /** The limit of a 2xx body after decoding. Default 64 KiB, enough for the check routes. */
  readonly maxBytes?: number | undefined;
}

/** Far more than an upstream still names; a token function may replace its key each hour. */
const MAX_FORMER_KEYS = 8;

/**
 * Sends requests to one Cohere deployment over a pool of connections. One request is one attempt. It follows no
 * redirect, so that the key is never sent to another origin.
 */
export class CohereTransport {
  readonly baseUrl: string;
  readonly origin: string;
  /** The path of the base URL; empty, or without a slash at its end. */
  readonly basePath: string;
  /** The limit of requests in flight. */
  readonly concurrency: ConcurrencyLimit;
  readonly retryBudget = new RetryBudget();
  readonly calls = new OpenCalls();
  /** The app's rate limiter. */
  readonly rateLimit: RateLimit | undefined;
  /** Sent with every request, in undici's flat form: name, value, name, value. */
  readonly headers: readonly string[];
  /** The name of the header that carries the key, in lower case. */
  readonly keyHeader: string;
  readonly #secrets: readonly string[];
  #formerKeys: readonly string[] = [];
  readonly #proxy: Proxy | undefined;
  #pool: ConnectionPool | undefined;
  #connections: ConnectionSource | undefined;
  #loading: Promise<ConnectionSource> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws ConfigurationError when a proxy variable of the environment is not the address of an HTTP proxy */
  constructor(settings: TransportSettings, warn: (message: string) => void = warnOfProcess) {
    const url = new URL(settings.baseUrl);
    this.baseUrl = settings.baseUrl;
    this.origin = url.origin;
    this.basePath = url.pathname.replace(/\/$/, '');
    this.concurrency = new ConcurrencyLimit(settings.concurrency);
    this.headers = commonHeaders(settings);
    this.keyHeader = settings.apiKeyHeader.toLowerCase();
    this.rateLimit =
      settings.rateLimiter === undefined
        ? undefined
        : new RateLimit({
            limiter: settings.rateLimiter,
            slots: this.concurrency,
            deployment: settings.baseUrl,
            warn,
          });
    if (settings.dispatcher === undefined) {
      this.#proxy = readProxyVariables(process.env, settings.baseUrl);
    } else {
      this.#connections = connectionsOf(settings.dispatcher);
    }
    this.#secrets = secretsOf(settings, this.#proxy?.url);
  }

  /** Secrets other than the key in use to redact in texts about a request. A getter, so that inspecting shows none. */
  get secrets(): readonly string[] {
    return [...this.#secrets, ...this.#formerKeys];
  }

  /** Keeps redacting a key that was replaced, which an upstream may still name. The last few are kept. */
  addFormerKey(key: Secret): void {
    this.#formerKeys = [...this.#formerKeys, key.reveal()].slice(-MAX_FORMER_KEYS);
  }

  /** Returns the value of the key's header. The only line that unwraps a key for a request. */
  credential(key: Secret): string {
    return this.keyHeader === 'authorization' ? `Bearer ${key.reveal()}` : key.reveal();
  }

  /** The variable that names the proxy in use; unknown with a dispatcher of the app. */
  get proxyVariable(): string | undefined {
    return this.#proxy?.variable;
  }

  /** Returns the pool. Loads undici and creates the pool on first use. */
  load(): Promise<ConnectionSource> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** The sockets that are open or being opened; unknown with a dispatcher of the app. */
  get openSockets(): number {
    return this.#pool?.openSockets ?? 0;
  }

  /**
   * Sends one request and reads its whole answer, with any status; at most 64 KiB of a failure.
   *
   * @throws what undici throws when there is no answer; InterruptedAttempt when the signal aborts;
   *   UnusableResponse when the answer is too large, or encoded in an unknown way
   */
  async send({
    method,
    path,
    key,
    body,
    signal,
    maxBytes = MAX_ERROR_BYTES,
  }: TransportRequest): Promise<ReceivedResponse> {
    const headers = [...this.headers];
    if (key !== undefined) {
      headers.push(this.keyHeader, this.credential(key));
    }
    if (body !== undefined) {
      headers.push('content-type', 'application/json');
    }
    const {
      status,
      headers: received,
      bytes,
    } = await this.exchange(
      { origin: this.origin, path: this.basePath + path, method, headers, body: body ?? null },
      signal,
      maxBytes,
    );
    return { status, headers: received, body: toText(bytes) };
  }

  /**
   * Does the same as `send` with a serialized request.
   *
   * @param maxBytes limit of a 2xx body; a larger one is refused unread
   */
  async exchange(request: WireRequest, signal: EndSignal, maxBytes: number): Promise<Answer> {
    const connections = this.#connections ?? (await abortable(this.load(), signal));
    const answer = await exchangeWhole({ connections, request, signal }, maxBytes);
    return answer.headers['content-encoding'] === undefined
      ? answer
      : decode(answer, maxBytes, signal);
  }

  /**
   * Does the same as `exchange`, but returns the body as a stream, with any status.
   *
   * @throws what undici throws; InterruptedAttempt when the signal aborts
   */
  async stream(request: WireRequest, signal: EndSignal): Promise<StreamedAnswer> {
    const connections = await abortable(this.load(), signal);
    const answer = await exchangeStreamed({ connections, request, signal });
    if (answer.body.errored !== null) {
      throw answer.body.errored;
    }
    return decodeStream(answer);
  }

  /** Makes the next requests use new connections, because the node at the other end is draining. */
  leaveNode(): void {
    this.#connections?.closeIdle();
  }

  /**
   * Ends every call and connection now. A dispatcher of the app stays open. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #load(): Promise<ConnectionSource> {
    if (this.#closing !== undefined) {
      throw new TransportClosed();
    }
    if (this.#connections !== undefined) {
      return this.#connections;
    }
    // On first use: loading undici takes longer than the rest of a boot.
    const { ConnectionPool, loadUndici } = await import('./connection-pool.js');
    this.#pool = new ConnectionPool(this.#proxy?.url, await loadUndici());
    this.#connections = this.#pool;
    return this.#pool;
  }

  async #close(): Promise<void> {
    this.calls.close();
    // A request may still be waiting for the pool.
    await this.#loading?.catch(() => undefined);
    await this.#pool?.destroy();
  }
}

function warnOfProcess(message: string): void {
  process.emitWarning(message);
}

/** Returns an error like undici's own for a closed pool. */
class TransportClosed extends Error {
  readonly code = 'UND_ERR_CLOSED';
}

/**
 * Serializes a request as JSON.
 *
 * @throws InvalidRequestError when it is longer than a string can be, half a gigabyte
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
        fix: ['Send fewer or shorter texts at a time.'],
      }),
    );
  }
}

/**
 * Detects Bun's stub of undici, which would fail each call with a TypeError. Runs under Bun only, because loading
 * undici takes time.
 */
export async function diagnoseStubbedUndici(): Promise<Diagnosis | undefined> {
  if (process.versions['bun'] === undefined) {
    return undefined;
  }
  const { Agent } = await import('undici');
  return typeof new Agent().dispatch === 'function'
    ? undefined
    : createDiagnosis('COHERE_CONFIG_INVALID', {
        title: 'nestjs-cohere does not run on Bun, which replaces undici with a stub.',
        detail: `Bun ${process.versions['bun']}: its undici cannot send a request (an Agent has no dispatch method).`,
        fix: [
          'Run the app with Node.',
          'Or pass the option dispatcher: an object with the methods of an undici Dispatcher that works on Bun.',
        ],
      });
}

/** Returns the values of the option `headers` without their scheme, and the password of the proxy, or its token. */
function secretsOf({ headers }: TransportSettings, proxy: URL | undefined): readonly string[] {
  const { username = '', password = '' } = proxy ?? {};
  const credential = password === '' ? username : password;
  return [
    ...Object.values(headers).map((value) => value.replace(/^(?:Bearer|Basic|Token)\s+/i, '')),
    credential,
    credential.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
  ];
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
  return uninspected([...headers].flat());
}
