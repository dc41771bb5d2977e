import type { Server } from 'node:http';
import type { EmulatedAccount } from './endpoints/endpoint.interface.js';
import type { EmulatorOptions } from './emulator-options.interface.js';
import type { EmulatorFault } from './faults/emulator-fault.interface.js';
import { type FaultOptions, FaultQueue } from './faults/fault-queue.js';
import { Journal } from './journal/journal.js';
import type { RecordedRequest, RequestCounters } from './journal/recorded-request.js';
import { KeyRegistry } from './keys/key-registry.js';
import { RateLimits } from './keys/rate-limits.js';
import {
  READY_MADE_KEYS,
  type EmulatedKey,
  type KeyState,
  type ReadyMadeKeys,
} from './keys/key-states.js';
import { ModelCatalogue } from './model-catalogue.js';
import {
  type BoundAddress,
  createEmulatorServer,
  listen,
  warnInProduction,
} from './server/emulator-server.js';

const LOOPBACK = '127.0.0.1';
const DEFAULT_WAIT_MS = 5_000;

/**
 * A Cohere of your own: a real HTTP server on this machine that answers rerank, key check and models as
 * Cohere does, knows keys in every state, fails on demand, and needs neither network nor account.
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
  readonly #faults: FaultQueue;
  readonly #journal: Journal;
  readonly #limits: RateLimits;
  #stopped: Promise<void> | undefined;

  /** Ready-made keys, one per state, the same in every emulator. `setKey` changes what they may do. */
  readonly keys: ReadyMadeKeys = READY_MADE_KEYS;

  private constructor(
    server: Server,
    address: BoundAddress,
    parts: {
      readonly registry: KeyRegistry;
      readonly faults: FaultQueue;
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
   * Starts an emulator and resolves once it listens. Rejects with Node's own error (`EADDRINUSE`, …)
   * when the address cannot be had, and with a RangeError for a key that cannot be.
   */
  static async start(options: EmulatorOptions = {}): Promise<CohereEmulator> {
    warnInProduction();
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
      faults: new FaultQueue(),
      journal: new Journal(),
      clock,
      latencyMs: options.latencyMs ?? 0,
      onRequest: options.onRequest,
    };
    const server = createEmulatorServer(parts);
    const address = await listen(server, options.port ?? 0, options.host ?? LOOPBACK);
    return new CohereEmulator(server, address, parts);
  }

  /** What a client takes as its base URL, such as `http://127.0.0.1:34769`. */
  get url(): string {
    return this.#address.url;
  }

  get port(): number {
    return this.#address.port;
  }

  /** The latest 10,000 requests, or those with 64 MiB of bodies, in the order they came. */
  get requests(): readonly RecordedRequest[] {
    return this.#journal.records;
  }

  /** How many requests came since the start, or since `clearRequests()`. */
  get counters(): RequestCounters {
    return { ...this.#journal.counters, rateLimited: this.#limits.refused };
  }

  /**
   * Says what a key may do from now on; a key nobody knows yet becomes known. A state alone leaves the rate
   * limit of the key as it is.
   *
   * @throws RangeError for a state or a rate limit that cannot be
   */
  setKey(key: string, description: KeyState | EmulatedKey): void {
    this.#registry.set(key, description);
  }

  /**
   * Lets the next request, or those that `options` name, meet a fault. Faults wait in a queue: each
   * request meets the first that is meant for it.
   *
   * @throws RangeError when `times` is neither a whole number from 1 nor Infinity
   */
  fail(fault: EmulatorFault, options: FaultOptions = {}): void {
    this.#faults.add(fault, options);
  }

  /** Forgets every fault that has not met its request yet. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Forgets the requests so far, and counts from zero. */
  clearRequests(): void {
    this.#journal.clear();
    this.#limits.clearRefused();
  }

  /**
   * Resolves with the requests once at least `count` have arrived, answered or not. Rejects when they
   * do not within `timeoutMs` (default 5,000).
   */
  async waitForRequests(
    count: number,
    options: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<readonly RecordedRequest[]> {
    await this.#journal.waitFor(count, options.timeoutMs ?? DEFAULT_WAIT_MS);
    return this.requests;
  }

  /** Ends every connection at once, hanging ones too, and frees the port. May be called again. */
  stop(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#stopped;
  }

  /** `await using emulator = await CohereEmulator.start()` stops it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
