import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { EmulatorOptions } from './emulator-options.interface.js';
import type { EmulatedAccount } from './endpoints/endpoint.interface.js';
import { applyFault } from './faults/apply-fault.js';
import type { Delivery } from './faults/delivery.js';
import type { EmulatorFault } from './faults/emulator-fault.interface.js';
import { FaultQueue, type FaultOptions } from './faults/fault-queue.js';
import { Journal, JournalEntry } from './journal/journal.js';
import type { RecordedRequest } from './journal/recorded-request.interface.js';
import { redactHeaders, redactKey } from './journal/redact.js';
import { bearerToken } from './keys/bearer-token.js';
import { fingerprint } from './keys/fingerprint.js';
import { KeyRegistry } from './keys/key-registry.js';
import type { KeyState } from './keys/key-state.js';
import { READY_MADE_KEYS, type ReadyMadeKeys } from './keys/ready-made-keys.js';
import { TrialLimits } from './keys/trial-limits.js';
import { ModelCatalogue } from './models/model-catalogue.js';
import { answer } from './server/answer.js';
import { deliver } from './server/deliver.js';
import { readBody } from './server/read-body.js';

const LOOPBACK = '127.0.0.1';
const MAX_BODY_BYTES = 256 * 1024 * 1024;

export class CohereEmulator {
  readonly #server: Server;
  readonly #options: EmulatorOptions;
  readonly #clock: () => number;
  readonly #registry: KeyRegistry;
  readonly #account: EmulatedAccount;
  readonly #faults = new FaultQueue();
  readonly #journal = new Journal();
  #stopped: Promise<void> | undefined;

  /** The ready-made keys, one per state. */
  readonly keys: ReadyMadeKeys = READY_MADE_KEYS;

  private constructor(options: EmulatorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#registry = new KeyRegistry(options.keys);
    this.#account = {
      models: new ModelCatalogue(options.models),
      limits: new TrialLimits(this.#clock),
      score: options.score,
    };
    this.#server = createServer((request, response) => this.#receive(request, response));
  }

  static async start(options: EmulatorOptions = {}): Promise<CohereEmulator> {
    const emulator = new CohereEmulator(options);
    await emulator.#listen(options.port ?? 0, options.host ?? LOOPBACK);
    return emulator;
  }

  get port(): number {
    return this.#address().port;
  }

  /** `http://127.0.0.1:PORT`, to be used as base URL. */
  get url(): string {
    const { address, family, port } = this.#address();
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  get requests(): readonly RecordedRequest[] {
    return this.#journal.entries;
  }

  get requestCount(): number {
    return this.#journal.count;
  }

  setKey(key: string, state: KeyState): void {
    this.#registry.set(key, state);
  }

  fail(fault: EmulatorFault, options: FaultOptions = {}): void {
    this.#faults.add(fault, options);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  clearRequests(): void {
    this.#journal.clear();
  }

  async waitForRequests(
    count: number,
    { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {},
  ): Promise<readonly RecordedRequest[]> {
    await this.#journal.waitFor(count, timeoutMs);
    return this.requests;
  }

  stop(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') {
      throw new Error('The emulator has been stopped.');
    }
    return address;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    readBody(request, MAX_BODY_BYTES, (body) => {
      const { method = 'GET', url = '/', headers } = request;
      const mark = url.indexOf('?');
      const path = mark === -1 ? url : url.slice(0, mark);
      const query = mark === -1 ? '' : url.slice(mark + 1);
      const key = bearerToken(headers.authorization);
      const entry = new JournalEntry(
        {
          method,
          path: redactKey(path, key),
          query: redactKey(query, key),
          fingerprint: key === undefined ? undefined : fingerprint(key),
          headers: redactHeaders(headers, key),
          at: this.#clock(),
        },
        redactKey(body ?? '', key),
      );
      this.#journal.add(entry);
      response.once('close', () => {
        entry.close(response.headersSent ? response.statusCode : undefined);
        this.#options.onRequest?.(entry);
      });
      const reply = () =>
        answer(
          {
            method,
            path,
            query,
            authorization: headers.authorization,
            contentType: headers['content-type'],
            body,
          },
          this.#registry,
          this.#account,
        );
      const fault = this.#faults.take(entry);
      const delivery: Delivery =
        fault === undefined
          ? { kind: 'whole', reply: reply(), delayMs: this.#options.latencyMs ?? 0 }
          : applyFault(fault, reply);
      deliver(response, delivery, { 'x-debug-trace-id': randomBytes(16).toString('hex') });
    });
  }
}
