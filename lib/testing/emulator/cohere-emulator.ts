import type { Server } from 'node:http';
import type { EmulatedAccount, InvalidKeyAnswer } from './endpoints/endpoint.interface.js';
import { type EmulatorModel, ModelCatalogue } from './model-catalogue.js';
import {
  type EmulatorFault,
  FailureQueue,
  type FaultOptions,
  requireDelay,
  requireFault,
  type ScriptedFault,
} from './faults.js';
import { Journal, type RecordedRequest, type RequestCounters } from './journal.js';
import {
  type EmulatedKey,
  type KeyList,
  KeyRegistry,
  type KeyState,
  READY_MADE_KEYS,
  type ReadyMadeKeys,
} from './keys.js';
import { RateLimits } from './limits.js';
import type { ScoreFunction } from './ranking.js';
import { type BoundAddress, createEmulatorServer, listen } from './server.js';

/**
 * Options of `CohereEmulator.start`.
 *
 * @publicApi
 */
export interface EmulatorOptions {
  /** The port to listen on, 0 to 65535. Default 0: any free port. */
  readonly port?: number | undefined;
  /** The address to listen on. Default 127.0.0.1, which other machines cannot reach. */
  readonly host?: string | undefined;
  /** Keys in addition to the ready-made ones: each with its state, or a list of keys that are all `active`. */
  readonly keys?: KeyList | undefined;
  /** The header of the key. Default `authorization`, as a Bearer; any other, such as `api-key`, has the key alone. */
  readonly apiKeyHeader?: string | undefined;
  /** Minimum delay of every response, in milliseconds. Default 0. */
  readonly latencyMs?: number | undefined;
  /** Scores the documents, 0 to 1, instead of the words that they share with the query. */
  readonly score?: ScoreFunction | undefined;
  /** The current time in milliseconds, for rate limits and recorded requests. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Additional rerank models by id, such as those of a private deployment, or built-in ones marked as deprecated. */
  readonly models?: readonly (string | EmulatorModel)[] | undefined;
  /**
   * The response of `/v1/check-api-key` to an invalid key: status 401 (default), or status 200 with
   * `{ "valid": false }`. Cohere's reference allows both.
   */
  readonly invalidKeyAnswer?: InvalidKeyAnswer | undefined;
  /**
   * Makes `/v2/rerank` accept `return_documents` and return the documents, as until November 2024. Clients of that
   * time send it, such as `cohere-ai` 7.14 to 7.17. Default false: 422, as documented.
   */
  readonly acceptLegacyFields?: boolean | undefined;
  /** Called with each request once it has been answered or its connection has closed. */
  readonly onRequest?: ((request: RecordedRequest) => void) | undefined;
}

const LOOPBACK = '127.0.0.1';
const DEFAULT_WAIT_MS = 5_000;

/**
 * Emulates Cohere: a real HTTP server on this machine that answers rerank, key check and models like Cohere.
 * It provides a key for every state, injects failures, and needs neither a network nor an account.
 *
 * @example
 * ```ts
 * const emulator = await CohereEmulator.start();
 * const cohere = new CohereClientV2({ token: emulator.keys.active, environment: emulator.url });
 * …
 * emulator.setKey(emulator.keys.active, 'revoked'); // from now on: 401 invalid api token
 * await emulator.stop();
 * ```
 * @publicApi
 */
export class CohereEmulator {
  readonly #server: Server;
  readonly #address: BoundAddress;
  readonly #registry: KeyRegistry;
  readonly #faults: FailureQueue<ScriptedFault>;
  readonly #journal: Journal;
  readonly #limits: RateLimits;
  #stopped: Promise<void> | undefined;

  /** Ready-made keys, one per state, the same in every emulator. `setKey` changes their state. */
  readonly keys: ReadyMadeKeys = READY_MADE_KEYS;

  private constructor(
    server: Server,
    address: BoundAddress,
    parts: {
      readonly registry: KeyRegistry;
      readonly faults: FailureQueue<ScriptedFault>;
      readonly journal: Journal;
      readonly account: EmulatedAccount;
    },
  ) {
    this.#server = server;
    this.#address = address;
    this.#registry = parts.registry;
    this.#faults = parts.faults;
    this.#journal = parts.journal;
    this.#limits = parts.account.limits;
  }

  /**
   * Starts an emulator and resolves once it listens.
   *
   * @throws RangeError for a key with an unknown state or an invalid rate limit, and for an invalid `latencyMs`
   * @throws Error Node's own (`EADDRINUSE`, …) when it cannot listen on the address
   */
  static async start(options: EmulatorOptions = {}): Promise<CohereEmulator> {
    warnInProduction();
    requireDelay('latencyMs', options.latencyMs ?? 0);
    const clock = options.clock ?? Date.now;
    const parts = {
      registry: new KeyRegistry(options.keys),
      account: {
        models: new ModelCatalogue(options.models),
        limits: new RateLimits(clock),
        score: options.score,
        invalidKeyAnswer: options.invalidKeyAnswer ?? 'unauthorized',
        acceptLegacyFields: options.acceptLegacyFields ?? false,
      },
      faults: new FailureQueue<ScriptedFault>(),
      journal: new Journal(),
      clock,
      latencyMs: options.latencyMs ?? 0,
      apiKeyHeader: (options.apiKeyHeader ?? 'authorization').toLowerCase(),
      onRequest: options.onRequest,
    };
    const server = createEmulatorServer(parts);
    const address = await listen(server, options.port ?? 0, options.host ?? LOOPBACK);
    return new CohereEmulator(server, address, parts);
  }

  /** The base URL for a client, such as `http://127.0.0.1:34769`. */
  get url(): string {
    return this.#address.url;
  }

  /** The port it listens on, also after `stop()`. */
  get port(): number {
    return this.#address.port;
  }

  /** The latest requests in order of arrival: at most 10,000, and at most 64 MiB of bodies. */
  get requests(): readonly RecordedRequest[] {
    return this.#journal.records;
  }

  /** The number of requests that have arrived since the start, or since `clearRequests()`. */
  get counters(): RequestCounters {
    return { ...this.#journal.counters, rateLimited: this.#limits.refused };
  }

  /**
   * Changes the state of a key from the next request on, or adds a key. A state alone keeps the rate limit and the
   * organization of the key.
   *
   * @throws RangeError for an unknown state or an invalid rate limit
   */
  setKey(key: string, description: KeyState | EmulatedKey): void {
    this.#registry.set(key, description);
  }

  /**
   * Makes the next request, or those that `options` select, fail. Faults are queued: each request takes
   * the first one that applies to it.
   *
   * @throws RangeError for a fault that cannot be sent, and when `times` is neither a whole number from 1 nor
   * Infinity
   */
  fail(fault: EmulatorFault, options: FaultOptions = {}): void {
    requireFault(fault);
    this.#faults.add({ ...options, fault }, options.times);
  }

  /** Removes every fault that has not been used yet. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Removes the requests so far, and sets the counters to zero. */
  clearRequests(): void {
    this.#journal.clear();
    this.#limits.clearRefused();
  }

  /**
   * Resolves with the requests once at least `count` have arrived, answered or not.
   *
   * @throws Error when they do not arrive within `timeoutMs` milliseconds (default 5,000)
   */
  async waitForRequests(
    count: number,
    options: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<readonly RecordedRequest[]> {
    await this.#journal.waitFor(count, options.timeoutMs ?? DEFAULT_WAIT_MS);
    return this.requests;
  }

  /** Closes every connection at once, hanging ones too, and frees the port. Calling it again does nothing. */
  stop(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#stopped;
  }

  /** Same as `stop()`: `await using emulator = await CohereEmulator.start()` stops it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Warns instead of refusing: nothing reaches the emulator unless a base URL points to it, and demo images are often
 * built with NODE_ENV=production.
 */
function warnInProduction(): void {
  if (process.env['NODE_ENV'] === 'production') {
    process.emitWarning(
      'The Cohere emulator is running with NODE_ENV=production. It ranks by word overlap and accepts well-known keys: use it for tests and demos only.',
      { code: 'COHERE_EMULATOR_IN_PRODUCTION' },
    );
  }
}
