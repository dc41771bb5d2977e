import { Dispatcher } from 'undici';
import type { Ledger } from './ledger.js';
import { hashToUnit, Random } from './random.js';
import type { FaultKind, Weather } from './schedule.js';
import type { VirtualTime } from './virtual-time.js';

/** Cohere's texts (https://docs.cohere.com/reference/errors). */
const TEXTS: Readonly<Record<number, string>> = {
  401: 'invalid api token',
  429: 'You are past the per minute request limit, please wait and try again later.',
  500: 'internal server error, this has been reported to our developers.',
  503: 'service unavailable',
};

/** One request as Cohere sees it. */
export interface SeenRequest {
  readonly path: string;
  readonly key: string;
  /** Of a rerank. */
  readonly query: string;
  readonly documents: readonly string[];
  readonly sentAt: number;
  /** Decided when it was sent. */
  readonly fault: FaultKind | undefined;
  /** The status that was delivered, or the way in which it ended without one. */
  ended?: number | 'aborted' | 'failed';
  endedAt?: number;
}

/** What the invariants want to know. */
export interface CohereObserver {
  sent(request: SeenRequest): void;
  begun(request: SeenRequest): void;
  ended(request: SeenRequest): void;
}

export function scoreOf(query: string, text: string): number {
  return Math.floor(hashToUnit(`${query}\n${text}`) * 50) / 50;
}

export interface SimulatedCohereOptions {
  readonly clock: VirtualTime;
  readonly seed: number;
  readonly weather: Weather;
  readonly ledger: Ledger;
  readonly observer: CohereObserver;
}

/** Cohere and the network on the way to it, in this process: it takes requests through the option `dispatcher`. */
export class SimulatedCohere extends Dispatcher {
  weather: Weather;
  readonly throttledKeys = new Set<string>();
  readonly validKeys = new Set<string>();
  readonly inFlight = new Set<SeenRequest>();
  readonly #clock: VirtualTime;
  readonly #seed: number;
  readonly #ledger: Ledger;
  readonly #observer: CohereObserver;
  /** How often the same request was sent, so that what becomes of it does not depend on other requests. */
  readonly #attempts = new Map<string, number>();
  #idleConnections = 0;

  constructor({ clock, seed, weather, ledger, observer }: SimulatedCohereOptions) {
    super();
    this.#clock = clock;
    this.#seed = seed;
    this.weather = weather;
    this.#ledger = ledger;
    this.#observer = observer;
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    const { documents = [], query = '', top_n: topN } = readBody(options.body);
    const key = readKey(options.headers);
    const { path } = options;
    const identity = `${path} ${key} ${query} ${documents.join()}`;
    const attempt = (this.#attempts.get(identity) ?? 0) + 1;
    this.#attempts.set(identity, attempt);
    const random = new Random(hashToUnit(`${this.#seed} ${identity} ${attempt}`) * 2 ** 32);
    const fault = faultOf(this.weather, path, random.next());
    const request: SeenRequest = {
      path,
      key,
      query,
      documents,
      sentAt: this.#clock.now,
      fault,
    };
    this.#ledger.note(
      () =>
        `    → ${nameOf(request)} with key ${key.slice(0, 6)}${fault === undefined ? '' : ` (${fault})`}`,
    );
    this.#observer.sent(request);
    const [least, most] = this.weather.latency;
    const latency = least + random.next() * (most - least);
    const isWarm = this.#idleConnections > 0;
    if (isWarm) {
      this.#idleConnections -= 1;
    }
    const exchange = new SimulatedExchange(this, request, handler, latency, topN);
    if (isWarm && random.chance(0.5)) {
      exchange.connect();
    } else {
      this.#clock.setTimeout(() => exchange.connect(), isWarm ? 1 : random.integer(1, 5));
    }
    return true;
  }

  get clock(): VirtualTime {
    return this.#clock;
  }

  begin(request: SeenRequest): void {
    this.inFlight.add(request);
    this.#observer.begun(request);
  }

  end(request: SeenRequest, how: number | 'aborted' | 'failed', keepsConnection: boolean): void {
    request.ended = how;
    request.endedAt = this.#clock.now;
    this.inFlight.delete(request);
    if (keepsConnection) {
      this.#idleConnections += 1;
    }
    this.#ledger.note(() => `    ← ${nameOf(request)}: ${how}`);
    this.#observer.ended(request);
  }
}

/** One request and its answer. */
class SimulatedExchange implements Dispatcher.DispatchController {
  readonly rawHeaders = null;
  readonly rawTrailers = null;
  readonly paused = false;
  #reason: Error | null = null;
  #hasEnded = false;
  #hasBegun = false;
  readonly #cohere: SimulatedCohere;
  readonly #request: SeenRequest;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #latency: number;
  readonly #topN: number | undefined;
  #timer: unknown;

  constructor(
    cohere: SimulatedCohere,
    request: SeenRequest,
    handler: Dispatcher.DispatchHandler,
    latency: number,
    topN: number | undefined,
  ) {
    this.#cohere = cohere;
    this.#request = request;
    this.#handler = handler;
    this.#latency = latency;
    this.#topN = topN;
  }

  get aborted(): boolean {
    return this.#reason !== null;
  }

  get reason(): Error | null {
    return this.#reason;
  }

  pause(): void {}

  resume(): void {}

  abort(reason: Error): void {
    if (!this.#hasEnded) {
      this.#reason = reason;
      this.#end('aborted', false);
      this.#handler.onResponseError?.(this, reason);
    }
  }

  connect(): void {
    const { fault } = this.#request;
    if (fault === 'refusedConnection') {
      this.#fail(networkError('connect ECONNREFUSED 10.0.0.1:443', 'ECONNREFUSED'));
      return;
    }
    this.#handler.onRequestStart?.(this, {});
    if (this.#hasEnded) {
      return;
    }
    this.#hasBegun = true;
    this.#cohere.begin(this.#request);
    if (fault === 'hang') {
      return;
    }
    this.#after(fault === 'slow' ? this.#latency * 20 + 500 : this.#latency, () => this.#answer());
  }

  #answer(): void {
    const { path, key, fault } = this.#request;
    if (fault === 'reset') {
      this.#fail(networkError('read ECONNRESET', 'ECONNRESET'));
    } else if (!this.#cohere.validKeys.has(key) || fault === 'unauthorized') {
      this.#respond(401, { message: TEXTS[401] });
    } else if (path === '/v1/check-api-key') {
      this.#respond(200, { valid: true });
    } else if (this.#cohere.throttledKeys.has(key) || fault === 'throttled') {
      this.#respond(429, { message: TEXTS[429] });
    } else if (fault === 'throttledFor') {
      this.#respond(429, { message: TEXTS[429] }, { 'retry-after': '1' });
    } else if (fault === 'unavailable') {
      this.#respond(503, { message: TEXTS[503] });
    } else if (fault === 'serverError') {
      this.#respond(500, { message: TEXTS[500] });
    } else {
      this.#respond(200, this.#ranking());
    }
  }

  #ranking(): object {
    const { query, documents, fault } = this.#request;
    const results = documents
      .map((text, index) => ({ index, relevance_score: scoreOf(query, text) }))
      .toSorted((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
      .slice(0, this.#topN);
    const [first] = results;
    if (fault === 'wrongRanking' && first !== undefined) {
      results[results.length - 1] = { ...first, index: documents.length };
    }
    return { id: 'simulated', results, meta: { billed_units: { search_units: 1 } } };
  }

  #respond(status: number, body: object, headers: Record<string, string> = {}): void {
    const { fault } = this.#request;
    const text = fault === 'notJson' && status === 200 ? '<html>' : JSON.stringify(body);
    const handler = this.#handler;
    handler.onResponseStart?.(this, status, { 'content-type': 'application/json', ...headers });
    if (this.#hasEnded) {
      return;
    }
    const half = text.length >> 1;
    handler.onResponseData?.(this, Buffer.from(text.slice(0, half)));
    if (this.#hasEnded || fault === 'hangInBody') {
      return;
    }
    if (fault === 'truncated') {
      this.#fail(networkError('other side closed', 'UND_ERR_SOCKET'));
      return;
    }
    this.#after(1, () => {
      handler.onResponseData?.(this, Buffer.from(text.slice(half)));
      if (!this.#hasEnded) {
        this.#end(status, true);
        handler.onResponseEnd?.(this, {});
      }
    });
  }

  #fail(error: Error): void {
    this.#end('failed', false);
    this.#handler.onResponseError?.(this, error);
  }

  #end(how: number | 'aborted' | 'failed', keepsConnection: boolean): void {
    this.#hasEnded = true;
    this.#cohere.clock.cancel(this.#timer);
    if (this.#hasBegun || how !== 'aborted') {
      this.#cohere.end(this.#request, how, keepsConnection);
    }
  }

  #after(ms: number, run: () => void): void {
    this.#timer = this.#cohere.clock.setTimeout(run, ms);
  }
}

export function nameOf({ path, query, documents }: SeenRequest): string {
  return path === '/v2/rerank' ? `rerank ${query} [${documents.length}]` : path;
}

/** Which fault meets a request, by one random number; a ranking cannot be wrong where none is asked for. */
function faultOf({ faults }: Weather, path: string, random: number): FaultKind | undefined {
  let left = random;
  for (const [kind, probability] of Object.entries(faults)) {
    left -= probability;
    if (left < 0 && isFault(kind)) {
      return kind === 'wrongRanking' && path !== '/v2/rerank' ? undefined : kind;
    }
  }
  return undefined;
}

function isFault(kind: string): kind is FaultKind {
  return kind !== '';
}

interface Body {
  readonly query?: string;
  readonly documents?: readonly string[];
  readonly top_n?: number;
}

function readBody(body: unknown): Body {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body.toString() : '';
  // The library writes it, and the parity test holds it to the wire of the SDK.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return text === '' ? {} : (JSON.parse(text) as Body);
}

/** Headers are an object, or undici's flat list. */
function readKey(headers: Dispatcher.DispatchOptions['headers']): string {
  const flat: unknown[] = Array.isArray(headers) ? headers : Object.entries(headers ?? {}).flat();
  const at = flat.findIndex((value) => String(value).toLowerCase() === 'authorization');
  return at === -1 ? '' : String(flat[at + 1]).replace(/^Bearer /, '');
}

function networkError(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
