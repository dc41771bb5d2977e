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

/** One request as it arrives. */
export interface SentRequest {
  readonly path: string;
  readonly key: string;
  readonly body: string;
  /** The number of the connection, where there are real ones. */
  readonly connection?: number | undefined;
  readonly isReused: boolean;
}

/** One request as Cohere sees it. */
export interface SeenRequest {
  readonly path: string;
  readonly key: string;
  /** Of a rerank. */
  readonly query: string;
  readonly documents: readonly string[];
  readonly connection: number | undefined;
  /** Whether the connection has carried another before. */
  readonly isReused: boolean;
  readonly sentAt: number;
  /** Decided when it was sent. */
  fault: FaultKind | undefined;
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

/** The way back to the library: a dispatch handler, or a socket. */
export interface Line {
  /** @returns false when the request was taken back */
  begin(): boolean;
  head(status: number, headers: Readonly<Record<string, string>>, length: number): void;
  data(chunk: Buffer): void;
  end(): void;
  fail(error: Error): void;
}

/** Cohere itself: it decides what becomes of each request. */
export class SimulatedCohere {
  weather: Weather;
  readonly throttledKeys = new Set<string>();
  readonly validKeys = new Set<string>();
  readonly inFlight = new Set<SeenRequest>();
  readonly clock: VirtualTime;
  readonly #seed: number;
  readonly #ledger: Ledger;
  readonly #observer: CohereObserver;
  /** How often the same request was sent, so that what becomes of it does not depend on other requests. */
  readonly #attempts = new Map<string, number>();

  constructor({ clock, seed, weather, ledger, observer }: SimulatedCohereOptions) {
    this.clock = clock;
    this.#seed = seed;
    this.weather = weather;
    this.#ledger = ledger;
    this.#observer = observer;
  }

  /** @returns the exchange, which begins with `connect` */
  receive(sent: SentRequest, line: Line, isStale = false): SimulatedExchange {
    const { documents = [], query = '', top_n: topN } = readBody(sent.body);
    const { path, key, connection, isReused } = sent;
    const identity = `${path} ${key} ${query} ${documents.join()}`;
    const attempt = (this.#attempts.get(identity) ?? 0) + 1;
    this.#attempts.set(identity, attempt);
    const random = this.randomFor(`${identity} ${attempt}`);
    const weatherFault = faultOf(this.weather, path, random.next());
    const fault = isStale ? 'stale' : weatherFault;
    const sentAt = this.clock.now;
    const request = { path, key, query, documents, connection, isReused, sentAt, fault };
    this.#ledger.note(() => {
      const way = connection === undefined ? '' : ` on connection ${connection}`;
      const end = fault === undefined ? '' : ` (${fault})`;
      return `    → ${nameOf(request)} with key ${key.slice(0, 6)}${way}${end}`;
    });
    this.#observer.sent(request);
    const [least, most] = this.weather.latency;
    const latency = least + random.next() * (most - least);
    return new SimulatedExchange(this, request, line, latency, topN);
  }

  /** The same numbers for the same text, in whichever order things happen. */
  randomFor(text: string): Random {
    return new Random(hashToUnit(`${this.#seed} ${text}`) * 2 ** 32);
  }

  begin(request: SeenRequest): void {
    this.inFlight.add(request);
    this.#observer.begun(request);
  }

  end(request: SeenRequest, how: number | 'aborted' | 'failed'): void {
    request.ended = how;
    request.endedAt = this.clock.now;
    this.inFlight.delete(request);
    this.#ledger.note(() => `    ← ${nameOf(request)}: ${how}`);
    this.#observer.ended(request);
  }
}

/** One request and its answer. */
export class SimulatedExchange {
  readonly #cohere: SimulatedCohere;
  readonly #request: SeenRequest;
  readonly #line: Line;
  readonly #latency: number;
  readonly #topN: number | undefined;
  #hasBegun = false;
  /** The status of a failure whose head has been sent. */
  #refusal: number | undefined;
  #hasEnded = false;
  #timer: unknown;

  constructor(
    cohere: SimulatedCohere,
    request: SeenRequest,
    line: Line,
    latency: number,
    topN: number | undefined,
  ) {
    this.#cohere = cohere;
    this.#request = request;
    this.#line = line;
    this.#latency = latency;
    this.#topN = topN;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The library takes the request back. */
  abort(): void {
    this.#end('aborted');
  }

  /** There is a connection, or none can be made. */
  connect(): void {
    const { fault } = this.#request;
    if (fault === 'stale') {
      this.#after(0, () => this.#fail(networkError('read ECONNRESET', 'ECONNRESET')));
      return;
    }
    if (fault === 'refusedConnection' && this.#request.connection === undefined) {
      this.#fail(networkError('connect ECONNREFUSED 10.0.0.1:443', 'ECONNREFUSED'));
      return;
    }
    if (!this.#line.begin() || this.#hasEnded) {
      return;
    }
    this.#hasBegun = true;
    this.#cohere.begin(this.#request);
    if (fault !== 'hang') {
      const ms = fault === 'slow' ? this.#latency * 20 + 500 : this.#latency;
      this.#after(ms, () => this.#answer());
    }
  }

  #answer(): void {
    const { path, key, fault } = this.#request;
    if (fault === 'reset' || fault === 'refusedConnection') {
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
    const isJson = fault !== 'notJson' || status !== 200;
    const bytes = Buffer.from(isJson ? JSON.stringify(body) : '<html>');
    const half = bytes.length >> 1;
    this.#refusal = status >= 300 ? status : undefined;
    this.#line.head(status, { 'content-type': 'application/json', ...headers }, bytes.length);
    if (!this.#hasEnded) {
      this.#line.data(bytes.subarray(0, half));
    }
    if (this.#hasEnded || fault === 'hangInBody') {
      return;
    }
    if (fault === 'truncated' && status === 200) {
      this.#after(1, () => this.#fail(networkError('other side closed', 'UND_ERR_SOCKET')));
      return;
    }
    this.#after(1, () => {
      // Before the last bytes, since the library may send the next request in answer to them.
      this.#end(status);
      this.#line.data(bytes.subarray(half));
      this.#line.end();
    });
  }

  #fail(error: Error): void {
    this.#end('failed');
    this.#line.fail(error);
  }

  #end(how: number | 'aborted' | 'failed'): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    this.#cohere.clock.cancel(this.#timer);
    if (this.#hasBegun || how !== 'aborted') {
      // A failure is judged by its status, whether or not its body ever ends.
      this.#cohere.end(this.#request, how === 'aborted' ? (this.#refusal ?? how) : how);
    }
  }

  #after(ms: number, run: () => void): void {
    this.#timer = this.#cohere.clock.setTimeout(run, ms).unref();
  }
}

export function nameOf({ path, query, documents }: SeenRequest): string {
  const last = documents.at(-1)?.split(' ').at(-1) ?? '';
  return path === '/v2/rerank' ? `rerank ${query} [${documents.length}, to ${last}]` : path;
}

/** Which fault meets a request, by one random number; a ranking cannot be wrong where none is asked for. */
export function faultOf({ faults }: Weather, path: string, random: number): FaultKind | undefined {
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

function readBody(text: string): Body {
  // The library writes it, and the parity test holds it to the wire of the SDK.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return text === '' ? {} : (JSON.parse(text) as Body);
}

export function networkError(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
