import 'reflect-metadata';
import { getEventListeners } from 'node:events';
import { createHash } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { CohereModule, DiagnosedError, RerankService, type RerankRequest } from 'nestjs-cohere';
import { INVARIANTS, Ledger, type Violation } from './ledger.js';
import { Random } from './random.js';
import { CLEAR, createSchedule, type Event, type Schedule, type Weather } from './schedule.js';
import { SimulatedDispatcher } from './simulated-dispatcher.js';
import { MOST_DIAL_MS, SimulatedNetwork } from './simulated-network.js';
import { nameOf, scoreOf, type SeenRequest, SimulatedCohere } from './simulated-cohere.js';
import { SimulatedKeySource, SimulatedLimiter, SimulatedScoreStore } from './simulated-stores.js';
import { VirtualTime } from './virtual-time.js';

/** Timers are set in whole milliseconds. */
const SLACK_MS = 2;
const GRACE_MS = 6_000;
/** A reading of the key source that hangs has ended by then, and after it the five seconds until a recheck. */
const CALM_MS = 20_000;
/** The retry budget: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const BUDGET = { capacity: 500, transient: 14, throttled: 5 };
const RECHECK_MS = 5_000;
const MAX_STEPS = 200_000;

export interface SimulationResult {
  readonly schedule: Schedule;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  readonly calls: number;
  readonly requests: number;
}

/** Runs the schedule of a seed, or the one that is given, against the library. */
export async function simulate(
  seed: number,
  {
    schedule = createSchedule(seed),
    isTraced = false,
  }: { schedule?: Schedule; isTraced?: boolean } = {},
): Promise<SimulationResult> {
  const simulation = new Simulation(schedule, isTraced);
  await simulation.run();
  return simulation.result;
}

/** One call of the app, or one input of a bulk run. */
interface Call {
  readonly name: string;
  readonly service: number;
  readonly query: string;
  readonly documents: readonly string[];
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly maxRetries: number;
  /** Of a bulk run. */
  readonly isInput: boolean;
  abortedAt?: number;
  settledAt?: number;
  readonly requests: SeenRequest[];
}

/** What the app did with a service: the module's own, or that of a tenant. */
interface Tenancy {
  readonly service: RerankService;
  readonly key: () => string;
  /** The first call that failed because its key is refused, since nothing spoke for the key. */
  refused?: { readonly key: string; readonly at: number } | undefined;
}

class Simulation {
  readonly #schedule: Schedule;
  readonly #clock: VirtualTime;
  readonly #ledger: Ledger;
  readonly #cohere: SimulatedCohere;
  readonly #network: SimulatedNetwork | undefined;
  /** Whether the key check may be asked, which does not count against concurrency. */
  readonly #asksAboutKeys: boolean;
  readonly #source: SimulatedKeySource;
  readonly #limiter: SimulatedLimiter | undefined;
  readonly #cache: SimulatedScoreStore | undefined;
  readonly #keyedRandom: Random;
  #services: Tenancy[] = [];
  readonly #calls: Call[] = [];
  readonly #byQuery = new Map<string, Call[]>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #signals: AbortSignal[] = [];
  readonly #requests: SeenRequest[] = [];
  /** What retries have cost, and what successes have given back. */
  #transientCost = 0;
  readonly #throttledCost = new Map<string, number>();
  #refund = 0;
  /** What retries have cost if every failure that may pass was retried. */
  #mostSpent = 0;
  #close: (() => Promise<void>) | undefined;
  #closing: { readonly at: number; endedAt?: number } | undefined;
  /** Keys that the weather refused although they are valid. */
  readonly #doubted = new Set<string>();
  /** Keys that the module has had. */
  readonly #moduleKeys = new Set<string>();
  /** Keys that Cohere dropped, for a while or for good. */
  readonly #revoked = new Set<string>();

  constructor(schedule: Schedule, isTraced: boolean) {
    const random = new Random(schedule.seed ^ 0x5eed);
    this.#schedule = schedule;
    this.#clock = new VirtualTime(() => random.next());
    this.#ledger = new Ledger(this.#clock, isTraced);
    this.#keyedRandom = new Random(schedule.seed ^ 0x6b6579);
    const key = this.#newKey();
    this.#source = new SimulatedKeySource(this.#clock, key);
    this.#limiter =
      schedule.limiter === undefined
        ? undefined
        : new SimulatedLimiter(this.#clock, schedule.limiter);
    this.#cache = schedule.hasCache ? new SimulatedScoreStore(this.#clock) : undefined;
    this.#cohere = new SimulatedCohere({
      clock: this.#clock,
      seed: schedule.seed,
      weather: CLEAR,
      ledger: this.#ledger,
      observer: {
        sent: (request) => this.#onSent(request),
        begun: () => this.#onBegun(),
        ended: (request) => this.#onEnded(request),
      },
    });
    this.#cohere.validKeys.add(key);
    this.#moduleKeys.add(key);
    this.#network =
      schedule.network === 'sockets'
        ? new SimulatedNetwork(this.#cohere, this.#ledger, {
            opened: () => this.#onConnect(),
            refused: () => {
              this.#mostSpent += BUDGET.transient;
            },
          })
        : undefined;
    this.#asksAboutKeys = asksAboutKeys(schedule);
  }

  get result(): SimulationResult {
    return {
      schedule: this.#schedule,
      violations: this.#ledger.violations,
      trace: this.#ledger.trace,
      calls: this.#calls.length,
      requests: this.#requests.length,
    };
  }

  async run(): Promise<void> {
    const onRejection = (reason: unknown) =>
      this.#ledger.violate('unexpected', `unhandled rejection: ${String(reason)}`);
    const onWarning = (warning: Error) => {
      if (warning.name === 'MaxListenersExceededWarning') {
        this.#ledger.violate('unexpected', warning.message);
      }
    };
    process.on('unhandledRejection', onRejection);
    process.on('warning', onWarning);
    this.#clock.install();
    this.#network?.install();
    const { stackTraceLimit } = Error;
    try {
      await this.#boot();
      // Half of the time of a simulation would go into stacks that are not looked at.
      Error.stackTraceLimit = 0;
      await this.#playEvents();
      await this.#end();
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      this.#network?.uninstall();
      this.#clock.uninstall();
      process.off('unhandledRejection', onRejection);
      process.off('warning', onWarning);
    }
  }

  async #boot(): Promise<void> {
    const { concurrency, maxRetries, timeoutMs, maxDocumentsPerRequest, tenants } = this.#schedule;
    const cache = this.#cache;
    const app = await NestFactory.createApplicationContext(
      CohereModule.forRoot({
        apiKey: this.#source.read,
        ...(this.#network === undefined
          ? { dispatcher: new SimulatedDispatcher(this.#cohere) }
          : { baseUrl: 'http://cohere.simulated' }),
        startupCheck: 'off',
        filter: false,
        concurrency,
        maxRetries,
        timeoutMs,
        maxDocumentsPerRequest,
        ...(this.#limiter === undefined ? {} : { rateLimiter: this.#limiter }),
        ...(cache === undefined ? {} : { scoreCache: { store: cache, ttlMs: 60_000 } }),
      }),
      { logger: false },
    );
    this.#close = () => app.close();
    const service = app.get(RerankService);
    this.#services = [{ service, key: () => this.#source.key }];
    await this.#warmUp();
    this.#cohere.weather = this.#schedule.weather;
    for (let tenant = 1; tenant <= tenants; tenant += 1) {
      const key = this.#newKey();
      this.#cohere.validKeys.add(key);
      this.#services.push({ service: service.forKey(key), key: () => key });
    }
  }

  /** Loads what is loaded once; that takes real time, in which the virtual clock stands still. */
  async #warmUp(): Promise<void> {
    const warming = { hasEnded: false };
    void this.#startCall({ ...CALL, at: 0, documents: this.#network === undefined ? 0 : 1 }).then(
      () => (warming.hasEnded = true),
    );
    while (!warming.hasEnded) {
      const isOnItsWay = this.#requests.length > 0 || (this.#network?.opened ?? 0) > 0;
      // oxlint-disable-next-line no-await-in-loop
      await this.#clock.step(isOnItsWay ? Infinity : this.#clock.now);
    }
  }

  async #playEvents(): Promise<void> {
    const { events, faultsEndAt } = this.#schedule;
    const start = this.#clock.now;
    for (const event of events) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#pass(start + event.at);
      this.#play(event);
    }
    await this.#pass(start + faultsEndAt);
  }

  /** Lets time pass until then. */
  async #pass(until: number): Promise<void> {
    const marker = this.#clock.setTimeout(() => undefined, Math.max(0, until - this.#clock.now));
    let steps = 0;
    // oxlint-disable-next-line no-await-in-loop
    while (this.#clock.now < until && (await this.#clock.step(until))) {
      steps += 1;
      if (steps > MAX_STEPS) {
        throw new Error('the simulation goes on without end');
      }
    }
    this.#clock.cancel(marker);
  }

  /** Lets time pass until the promise has settled, or for so long. */
  async #passWhile(promise: Promise<unknown>, most: number): Promise<void> {
    const until = this.#clock.now + most;
    const waiting = { hasEnded: false };
    void promise.finally(() => {
      waiting.hasEnded = true;
    });
    // oxlint-disable-next-line no-await-in-loop
    while (!waiting.hasEnded && (await this.#clock.step(until))) {
      // Time passes.
    }
  }

  #play(event: Event): void {
    const { kind } = event;
    if (kind !== 'call' && kind !== 'each') {
      this.#ledger.note(() => `## ${JSON.stringify({ ...event, at: undefined })}`);
    }
    switch (kind) {
      case 'call':
        void this.#startCall(event);
        break;
      case 'each':
        this.#startEach(event);
        break;
      case 'weather':
        this.#cohere.weather = event.weather;
        break;
      case 'rotate': {
        const old = this.#source.key;
        const key = this.#newKey();
        this.#cohere.validKeys.add(key);
        this.#moduleKeys.add(key);
        this.#source.rotate(key);
        this.#clock
          .setTimeout(() => {
            this.#ledger.note(() => `## Cohere drops ${old.slice(0, 6)}`);
            this.#drop(old);
          }, event.revokeAfterMs)
          .unref();
        break;
      }
      case 'revoke':
        this.#drop(this.#tenancy(event.service).key());
        break;
      case 'restore':
        this.#cohere.validKeys.add(this.#tenancy(event.service).key());
        break;
      case 'throttle':
        this.#cohere.throttledKeys.add(this.#tenancy(event.service).key());
        break;
      case 'endThrottle':
        this.#cohere.throttledKeys.clear();
        break;
      case 'reload': {
        const tenancy = this.#tenancy(event.service);
        tenancy.refused = undefined;
        this.#track(
          tenancy.service.reloadKey().then(
            () => (tenancy.refused = undefined),
            () => undefined,
          ),
        );
        break;
      }
      case 'check':
        this.#track(this.#tenancy(event.service).service.checkKey({ timeoutMs: 3_000 }));
        break;
      case 'source':
        this.#source.mode = event.mode;
        break;
      case 'limiter':
        if (this.#limiter !== undefined) {
          this.#limiter.mode = event.mode;
        }
        break;
      case 'cache':
        if (this.#cache !== undefined) {
          this.#cache.mode = event.mode;
        }
        break;
      case 'stall':
        this.#clock.stall(event.ms);
        break;
      case 'dropIdle':
        this.#network?.dropIdle();
        break;
      case 'close':
        this.#track(this.#stop());
        break;
      default:
        kind satisfies never;
    }
  }

  #drop(key: string): void {
    this.#cohere.validKeys.delete(key);
    this.#revoked.add(key);
  }

  #tenancy(service: number): Tenancy {
    const tenancy = this.#services[service] ?? this.#services[0];
    if (tenancy === undefined) {
      throw new Error('the app has not started');
    }
    return tenancy;
  }

  #newKey(): string {
    const characters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
    return Array.from({ length: 40 }, () =>
      characters.charAt(this.#keyedRandom.integer(0, characters.length - 1)),
    ).join('');
  }

  #track(promise: Promise<unknown>): void {
    this.#pending.add(promise);
    void promise.finally(() => this.#pending.delete(promise)).catch(() => undefined);
  }

  #startCall(event: Extract<Event, { kind: 'call' }>): Promise<boolean> {
    const { service, timeoutMs = this.#schedule.timeoutMs, topN, minRelevanceScore } = event;
    const name = `call ${this.#calls.length}`;
    const query = event.sharedQuery === undefined ? name : `shared ${event.sharedQuery}`;
    const call: Call = {
      name,
      service,
      query,
      documents: documentsOf(query, event.documents),
      startedAt: this.#clock.now,
      deadlineAt: this.#clock.now + timeoutMs,
      maxRetries: event.maxRetries ?? this.#schedule.maxRetries,
      isInput: false,
      requests: [],
    };
    this.#add(call);
    this.#ledger.note(
      () =>
        `${name} (service ${service}) begins: ${call.documents.length} documents, ${timeoutMs} ms`,
    );
    const controller =
      event.abortAfterMs === undefined ? undefined : this.#abortLater(call, event.abortAfterMs);
    const request = { query, documents: call.documents, topN, minRelevanceScore };
    const settled = this.#tenancy(service)
      .service.rerank(request, {
        timeoutMs,
        ...(event.maxRetries === undefined ? {} : { maxRetries: event.maxRetries }),
        ...(controller === undefined ? {} : { signal: controller.signal }),
      })
      .then(
        (response) => {
          this.#settle(call, 'ok');
          this.#checkResults(call, request, response.results);
          return true;
        },
        (error: unknown) => {
          this.#settle(call, error);
          return false;
        },
      );
    this.#track(settled);
    return settled;
  }

  #abortLater(call: { abortedAt?: number; settledAt?: number }, ms: number): AbortController {
    const controller = new AbortController();
    this.#signals.push(controller.signal);
    this.#clock.setTimeout(() => {
      if (call.settledAt === undefined) {
        call.abortedAt = this.#clock.now;
      }
      controller.abort(ABORTED);
    }, ms);
    return controller;
  }

  #startEach(event: Extract<Event, { kind: 'each' }>): void {
    const run: { abortedAt?: number; settledAt?: number } = {};
    const name = `run ${event.at}`;
    const controller =
      event.abortAfterMs === undefined ? undefined : this.#abortLater(run, event.abortAfterMs);
    const inputs: Call[] = [];
    const start = (index: number): RerankRequest<string> => {
      const query = `${name} input ${index}`;
      const call: Call = {
        name: query,
        service: event.service,
        query,
        documents: documentsOf(query, 1 + (index % 4)),
        startedAt: this.#clock.now,
        // A run waits for a rate limit to lift.
        deadlineAt: Infinity,
        maxRetries: this.#schedule.maxRetries,
        isInput: true,
        requests: [],
      };
      inputs.push(call);
      this.#add(call);
      return { query, documents: call.documents };
    };
    function* read(): Generator<RerankRequest<string>> {
      for (let index = 0; index < event.count; index += 1) {
        yield start(index);
      }
    }
    const iterate = async () => {
      const seen = new Set<number>();
      let error: unknown;
      let hasBroken = false;
      try {
        const outcomes = this.#tenancy(event.service).service.rerankEach(read(), {
          concurrency: event.concurrency,
          ...(controller === undefined ? {} : { signal: controller.signal }),
        });
        for await (const outcome of outcomes) {
          const call = inputs[outcome.index];
          if (call === undefined || seen.has(outcome.index)) {
            this.#ledger.violate(
              'outcomes',
              `${name}: outcome ${outcome.index} is not of one input`,
            );
            continue;
          }
          seen.add(outcome.index);
          this.#settle(call, outcome.error ?? 'ok');
          if (outcome.response !== undefined) {
            this.#checkResults(call, {}, outcome.response.results);
          }
          if (seen.size === event.breakAfter) {
            hasBroken = true;
            break;
          }
        }
        if (!hasBroken && seen.size < event.count) {
          this.#ledger.violate(
            'outcomes',
            `${name}: ${seen.size} outcomes of ${event.count} inputs`,
          );
        }
      } catch (thrown) {
        error = thrown;
      }
      run.settledAt = this.#clock.now;
      for (const call of inputs) {
        call.settledAt ??= this.#clock.now;
      }
      this.#ledger.note(
        () => `${name} ends: ${error === undefined ? `${seen.size} outcomes` : describe(error)}`,
      );
      if (error !== undefined && error !== ABORTED && !(error instanceof DiagnosedError)) {
        this.#ledger.violate('unexpected', `${name} threw ${describe(error)}`);
      }
    };
    this.#track(iterate());
  }

  /** What a call ended with. */
  #settle(call: Call, outcome: unknown): void {
    const now = this.#clock.now;
    call.settledAt = now;
    this.#ledger.note(() => `${call.name} ends: ${outcome === 'ok' ? 'ok' : describe(outcome)}`);
    const due = Math.min(call.deadlineAt, call.abortedAt ?? Infinity);
    const late = now - due - this.#stalledSince(call.startedAt);
    if (late > SLACK_MS) {
      this.#ledger.violate('deadline', `${call.name} ended ${late} ms too late`);
    }
    if (outcome === 'ok') {
      return;
    }
    if (outcome === ABORTED && call.abortedAt !== undefined) {
      return;
    }
    if (!(outcome instanceof DiagnosedError)) {
      this.#ledger.violate('unexpected', `${call.name} failed with ${describe(outcome)}`);
      return;
    }
    if (outcome.code.startsWith('COHERE_API_KEY')) {
      this.#checkRotation(call);
      this.#rememberRefusal(call);
    } else if (outcome.code === 'COHERE_UPSTREAM_ERROR') {
      this.#checkRetryDenied(call);
    } else if (outcome.code === 'COHERE_UNREACHABLE' && this.#closing === undefined) {
      const failures = call.requests.filter(({ ended }) => ended === 'failed');
      if (failures.length > 0 && failures.every(({ fault }) => fault === 'stale')) {
        this.#ledger.violate('stale', `${call.name} failed`);
      }
    }
  }

  #stalledSince(moment: number): number {
    return this.#clock.stalls
      .filter(({ at, ms }) => at + ms >= moment)
      .reduce((sum, { ms }) => sum + ms, 0);
  }

  #checkResults(
    call: Call,
    {
      topN,
      minRelevanceScore = -1,
    }: { topN?: number | undefined; minRelevanceScore?: number | undefined },
    results: readonly { document: string; index: number; relevanceScore: number }[],
  ): void {
    const expected = call.documents
      .map((document, index) => ({
        document,
        index,
        relevanceScore: document === '' ? 0 : scoreOf(call.query, document),
      }))
      .toSorted(
        (a, b) =>
          Number(a.document === '') - Number(b.document === '') ||
          b.relevanceScore - a.relevanceScore ||
          a.index - b.index,
      )
      .filter(({ relevanceScore }) => relevanceScore >= minRelevanceScore)
      .slice(0, topN);
    const format = (ranking: typeof expected) =>
      ranking
        .map(({ document, index, relevanceScore }) => `${index} ${relevanceScore} ${document}`)
        .join('\n');
    if (format(expected) !== format([...results])) {
      this.#ledger.violate('exact', `${call.name}: not the ranking of its documents`);
    }
  }

  #add(call: Call): void {
    this.#calls.push(call);
    this.#byQuery.set(call.query, [...(this.#byQuery.get(call.query) ?? []), call]);
  }

  #callsOf({ query, documents }: SeenRequest): readonly Call[] {
    return (this.#byQuery.get(query) ?? []).filter((call) =>
      documents.every((text) => call.documents.includes(text)),
    );
  }

  #onSent(request: SeenRequest): void {
    const now = this.#clock.now;
    this.#requests.push(request);
    if (this.#closing?.endedAt !== undefined) {
      this.#ledger.violate('stop', `${nameOf(request)} was sent after close()`);
    }
    if (request.path !== '/v2/rerank') {
      return;
    }
    const calls = this.#callsOf(request).filter(
      ({ service }) => this.#schedule.hasCache || this.#isKeyOf(service, request.key),
    );
    const live = calls.filter(
      ({ settledAt, abortedAt, deadlineAt }) =>
        settledAt === undefined && abortedAt === undefined && deadlineAt > now,
    );
    if (live.length === 0) {
      this.#ledger.violate('sentInVain', `${nameOf(request)} belongs to no call that is under way`);
    }
    for (const call of live) {
      this.#checkBudget(call, request);
      call.requests.push(request);
    }
    this.#checkRefusedKey(request, live);
    this.#checkLimiter(request, live);
  }

  #isKeyOf(service: number, key: string): boolean {
    return service === 0 || this.#tenancy(service).key() === key;
  }

  #onBegun(): void {
    const { concurrency } = this.#schedule;
    const inFlight = [...this.#cohere.inFlight].filter(({ path }) => path === '/v2/rerank').length;
    if (inFlight > concurrency) {
      this.#ledger.violate(
        'connections',
        `${inFlight} requests in flight with concurrency ${concurrency}`,
      );
    }
  }

  #onConnect(): void {
    const { concurrency, tenants } = this.#schedule;
    const open = this.#network?.open.size ?? 0;
    const most = concurrency + (this.#asksAboutKeys ? 2 * (tenants + 1) : 0);
    if (open > most) {
      this.#ledger.violate('connections', `${open} connections with concurrency ${concurrency}`);
    }
    const now = this.#clock.now;
    const isLive = ({ settledAt, abortedAt, deadlineAt }: Call) =>
      settledAt === undefined && abortedAt === undefined && deadlineAt > now;
    if (!this.#asksAboutKeys && !this.#calls.some(isLive)) {
      this.#ledger.violate('sentInVain', 'a connection is opened although no call is under way');
    }
  }

  #onEnded(request: SeenRequest): void {
    if (typeof request.ended === 'number' && request.ended < 300) {
      this.#refund += BUDGET.transient;
      for (const tenancy of this.#services) {
        if (tenancy.refused?.key === request.key) {
          tenancy.refused = undefined;
        }
      }
    }
    const isWellAnswered = request.ended === 200 && request.fault === undefined;
    if (!isWellAnswered && request.ended !== 401 && request.ended !== 429) {
      this.#mostSpent += BUDGET.transient;
    }
    if (request.fault === 'unauthorized') {
      this.#doubted.add(request.key);
    }
  }

  #checkBudget(call: Call, request: SeenRequest): void {
    const batch = request.documents.join();
    // A run waits until a rate limit lifts, and begins again.
    const from = call.isInput ? call.requests.findLastIndex(({ ended }) => ended === 429) + 1 : 0;
    const before = call.requests
      .slice(from)
      .filter(({ documents, key }) => documents.join() === batch && key === request.key);
    const last = before.at(-1);
    if (last === undefined || this.#schedule.hasCache || last.ended === 401) {
      return;
    }
    if (
      last.ended === 503 &&
      request.connection !== undefined &&
      last.connection === request.connection
    ) {
      this.#ledger.violate(
        'draining',
        `${nameOf(request)} takes connection ${request.connection} again`,
      );
    }
    if (last.ended === 429) {
      const cost = (this.#throttledCost.get(request.key) ?? 0) + BUDGET.throttled;
      this.#throttledCost.set(request.key, cost);
      if (cost > BUDGET.capacity + this.#refund) {
        this.#ledger.violate('budget', `${nameOf(request)}: retries of one key cost ${cost}`);
      }
    } else {
      const resets = before.filter(({ ended }) => ended === 'failed').length;
      // One request that dies on a connection is sent again for nothing.
      this.#transientCost += last.ended === 'failed' && resets === 1 ? 0 : BUDGET.transient;
      if (this.#transientCost > BUDGET.capacity + this.#refund) {
        this.#ledger.violate('budget', `${nameOf(request)}: retries cost ${this.#transientCost}`);
      }
    }
    const paid = before.filter(({ ended }) => ended !== 401).length;
    const free = before.some(({ ended }) => ended === 'failed') ? 1 : 0;
    if (paid > call.maxRetries + free) {
      this.#ledger.violate('budget', `${nameOf(request)} is retry ${paid} of ${call.maxRetries}`);
    }
  }

  #checkRetryDenied(call: Call): void {
    const last = call.requests.at(-1);
    const isSimple = call.requests.every(
      ({ documents, fault }) =>
        documents.join() === last?.documents.join() && fault === 'unavailable',
    );
    const retries = call.requests.length - 1;
    const longest = 100 * 2 ** retries;
    if (
      last?.ended === 503 &&
      isSimple &&
      this.#closing === undefined &&
      retries < call.maxRetries &&
      call.deadlineAt - this.#clock.now > longest &&
      this.#mostSpent + BUDGET.transient <= BUDGET.capacity
    ) {
      this.#ledger.violate(
        'retryDenied',
        `${call.name} failed after ${retries} retries of ${call.maxRetries}; retries after failures of Cohere cost ${this.#mostSpent} at most`,
      );
    }
  }

  #rememberRefusal(call: Call): void {
    const tenancy = this.#tenancy(call.service);
    const key = tenancy.key();
    const isOldKey = call.service === 0 && this.#source.changedAt > call.startedAt - CALM_MS;
    if (this.#cohere.validKeys.has(key) || this.#doubted.has(key) || isOldKey) {
      return;
    }
    // The last word of Cohere on the key, which the library has heard.
    const check = this.#requests.findLast(
      ({ path, key: asked, ended }) =>
        path !== '/v2/rerank' && asked === key && ended !== undefined,
    );
    if (check?.ended === 401 && tenancy.refused === undefined) {
      tenancy.refused = { key, at: this.#clock.now };
    }
  }

  #checkRefusedKey(request: SeenRequest, calls: readonly Call[]): void {
    for (const { service } of calls) {
      const { refused } = this.#tenancy(service);
      if (refused === undefined || refused.key !== request.key) {
        continue;
      }
      const since = this.#clock.now - refused.at;
      if (since < RECHECK_MS - 1_000) {
        this.#ledger.violate(
          'refusedKey',
          `${nameOf(request)} uses it ${since} ms after it was refused`,
        );
      }
    }
  }

  #checkRotation(call: Call): void {
    const now = this.#clock.now;
    const { changedAt, key } = this.#source;
    const isAsked =
      call.service === 0 &&
      this.#source.hasAlwaysWorked &&
      this.#clock.stalls.length === 0 &&
      this.#cohere.validKeys.has(key) &&
      !this.#revoked.has(key) &&
      this.#doubted.size === 0;
    if (!isAsked) {
      return;
    }
    const refusal = call.requests.findLast(({ ended }) => ended === 401);
    const heardAt = refusal?.endedAt ?? now - 1_000;
    if (changedAt < heardAt - 400) {
      this.#ledger.violate(
        'rotation',
        `${call.name} failed ${now - changedAt} ms after the new key was there`,
      );
    }
  }

  #checkLimiter(request: SeenRequest, calls: readonly Call[]): void {
    const limiter = this.#limiter;
    const now = this.#clock.now;
    if (limiter === undefined) {
      return;
    }
    // A point that was taken for the old key is good for the new one.
    const keys = this.#moduleKeys.has(request.key) ? this.#moduleKeys : new Set([request.key]);
    const fingerprints = Array.from(keys, fingerprintOf);
    for (const [storeKey, moments] of limiter.granted) {
      const good = moments.filter(
        (moment) => now - moment <= SLACK_MS + MOST_DIAL_MS + this.#stalledSince(moment),
      );
      limiter.granted.set(storeKey, good);
      const isOfKey = fingerprints.some((fingerprint) => storeKey.includes(fingerprint));
      if (isOfKey && good.shift() !== undefined) {
        return;
      }
    }
    // A call that came while the limiter failed goes on without a point, when its turn comes.
    const worksAt = limiter.troubledAt + 7_000;
    const mayGoWithout = ({ startedAt }: Call) =>
      startedAt < worksAt || this.#stalledSince(startedAt - 7_000) > 0;
    if (limiter.isTroubled || calls.some(mayGoWithout)) {
      return;
    }
    this.#ledger.violate('limiter', `${nameOf(request)} was sent without a point`);
  }

  async #stop(): Promise<void> {
    if (this.#closing !== undefined) {
      return;
    }
    const closing: { at: number; endedAt?: number } = { at: this.#clock.now };
    this.#closing = closing;
    await this.#close?.();
    closing.endedAt = this.#clock.now;
    this.#ledger.note(() => '## the app has closed');
    const took = closing.endedAt - closing.at - this.#stalledSince(closing.at);
    if (took > GRACE_MS) {
      this.#ledger.violate('stop', `close() took ${took} ms`);
    }
  }

  async #end(): Promise<void> {
    this.#ledger.note(() => '## every fault ends');
    this.#cohere.weather = this.#schedule.scenario === 'overload' ? this.#schedule.weather : CLEAR;
    this.#cohere.throttledKeys.clear();
    for (const { key } of this.#services) {
      this.#cohere.validKeys.add(key());
    }
    for (const store of [this.#source, this.#limiter, this.#cache]) {
      if (store !== undefined) {
        store.mode = 'works';
      }
    }
    await this.#pass(this.#clock.now + CALM_MS);
    this.#checkGoodput();
    if (this.#closing === undefined) {
      await this.#checkRecovery();
      await this.#passWhile(this.#stop(), GRACE_MS + SLACK_MS);
    }
    await this.#checkLeftovers();
  }

  /** Of an overload: what was served while it lasted, after the first seconds. */
  #checkGoodput(): void {
    const { scenario, concurrency, weather, faultsEndAt, timeoutMs } = this.#schedule;
    if (scenario !== 'overload') {
      return;
    }
    const from = this.#clock.now - CALM_MS - faultsEndAt + timeoutMs;
    const to = this.#clock.now - CALM_MS;
    const served = this.#requests.filter(
      ({ ended, endedAt = 0 }) => ended === 200 && endedAt >= from && endedAt < to,
    ).length;
    const [least, most] = weather.latency;
    // A request takes a turn more than its answer: the connection, and the end of the body.
    const capacity = ((to - from) / ((least + most) / 2 + 3)) * concurrency;
    const abandoned = this.#requests.filter(({ ended }) => ended === 'aborted').length;
    if (served < 0.9 * capacity) {
      this.#ledger.violate(
        'goodput',
        `${served} served of ${Math.floor(capacity)} that Cohere could serve`,
      );
    }
    if (abandoned > 0.05 * this.#requests.length) {
      this.#ledger.violate(
        'goodput',
        `${abandoned} of ${this.#requests.length} requests were abandoned`,
      );
    }
  }

  async #checkRecovery(): Promise<void> {
    for (let service = 0; service < this.#services.length; service += 1) {
      for (let round = 0; round < 3; round += 1) {
        const probe = this.#startCall({
          ...CALL,
          service,
          documents: 3,
          timeoutMs: 30_000,
          maxRetries: 0,
        });
        // oxlint-disable-next-line no-await-in-loop
        await this.#passWhile(probe, 31_000);
        // oxlint-disable-next-line no-await-in-loop
        if (!(await Promise.race([probe, Promise.resolve(false)]))) {
          this.#ledger.violate(
            'recovery',
            `service ${service}: call ${round} after the faults fails`,
          );
        }
      }
    }
  }

  async #checkLeftovers(): Promise<void> {
    // The process may end now: what holds it are timers that are not unreferenced.
    await this.#clock.step(this.#clock.now);
    const holding = this.#clock.pending.filter(({ isRef }) => isRef);
    if (this.#closing?.endedAt === undefined) {
      this.#ledger.violate('stop', 'close() does not end');
    }
    void holding;
    await this.#pass(this.#clock.now + CALM_MS);
    const { pending } = this.#clock;
    const left = (what: string) => this.#ledger.violate('leftovers', what);
    for (const { origin, in: ms } of pending) {
      left(`a timer that fires in ${ms} ms${origin}`);
    }
    for (const request of this.#cohere.inFlight) {
      left(nameOf(request));
    }
    for (const call of this.#calls) {
      if (call.settledAt === undefined) {
        left(`${call.name} has not settled`);
      }
    }
    if (this.#network !== undefined && this.#network.open.size > 0) {
      left(`${this.#network.open.size} connections`);
    }
    if (this.#pending.size > 0) {
      left(`${this.#pending.size} promises`);
    }
    const listeners = this.#signals.flatMap((signal) => getEventListeners(signal, 'abort')).length;
    if (listeners > 0) {
      left(`${listeners} listeners on signals of the caller`);
    }
  }
}

/** What a call is unless told otherwise. */
const CALL = {
  kind: 'call',
  at: 0,
  service: 0,
  documents: 2,
  timeoutMs: undefined,
  maxRetries: undefined,
  topN: undefined,
  minRelevanceScore: undefined,
  abortAfterMs: undefined,
  sharedQuery: undefined,
} as const;

function doubts({ faults }: Weather): boolean {
  return faults.unauthorized !== undefined;
}

function asksAboutKeys({ events, weather }: Schedule): boolean {
  return (
    doubts(weather) ||
    events.some((event) =>
      event.kind === 'weather'
        ? doubts(event.weather)
        : event.kind === 'rotate' || event.kind === 'revoke' || event.kind === 'check',
    )
  );
}

function fingerprintOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

const ABORTED = new Error('aborted by the caller');

function describe(error: unknown): string {
  return error instanceof DiagnosedError ? `${error.code} ${error.message}` : String(error);
}

/** Some are blank, and some are alike. */
function documentsOf(query: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    if (index % 7 === 6) {
      return '';
    }
    return `${query} document ${index % 11 === 10 ? 0 : index}`;
  });
}

export { INVARIANTS };
