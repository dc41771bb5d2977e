import 'reflect-metadata';
import { getEventListeners } from 'node:events';
import { NestFactory } from '@nestjs/core';
import { CohereModule, DiagnosedError, RerankService, type RerankRequest } from 'nestjs-cohere';
import { type Call, Calls, describe, documentsOf } from './call.js';
import { ABORTED, CALM_MS, Invariants, type Outcome, SLACK_MS, type World } from './invariants.js';
import { Ledger, type Violation } from './ledger.js';
import { Random } from './random.js';
import { CALL, CLEAR, createSchedule, type Event, type Schedule } from './schedule.js';
import { nameOf, SimulatedCohere } from './simulated-cohere.js';
import { SimulatedDispatcher } from './simulated-dispatcher.js';
import { SimulatedNetwork } from './simulated-network.js';
import { SimulatedKeySource, SimulatedLimiter, SimulatedScoreStore } from './simulated-stores.js';
import { microtasks, VirtualTime } from './virtual-time.js';

/** The time that a stop may take. */
const GRACE_MS = 6_000;
/** An incident counts as over after a minute; the timer holds no process. */
const LONGEST_TIMER_MS = 61_000;
const MAX_STEPS = 200_000;

export interface SimulationResult {
  readonly schedule: Schedule;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  readonly requests: number;
}

interface SimulateOptions {
  /** Default: that of the seed. */
  readonly schedule?: Schedule;
  readonly isTraced?: boolean;
}

/** Runs a schedule against the library, and returns the promises that were broken. */
export async function simulate(
  seed: number,
  { schedule = createSchedule(seed), isTraced = false }: SimulateOptions = {},
): Promise<SimulationResult> {
  const simulation = new Simulation(schedule, isTraced);
  await simulation.run();
  return simulation.result;
}

class Simulation implements World {
  readonly schedule: Schedule;
  readonly clock: VirtualTime;
  readonly ledger: Ledger;
  readonly cohere: SimulatedCohere;
  readonly calls = new Calls();
  readonly source: SimulatedKeySource;
  readonly limiter: SimulatedLimiter | undefined;
  readonly network: SimulatedNetwork | undefined;
  readonly moduleKeys = new Set<string>();
  readonly revokedKeys = new Set<string>();
  closing: { readonly at: number; endedAt?: number } | undefined;
  readonly #cache: SimulatedScoreStore | undefined;
  readonly #invariants: Invariants;
  readonly #keyRandom: Random;
  readonly #tenantKeys: string[] = [];
  readonly #services: RerankService[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  /** Of one call or run each. */
  readonly #signals: AbortSignal[] = [];
  /** The signal that an app hands to many calls, and aborts when it ends. */
  readonly #shared = new AbortController();
  #closeApp: () => Promise<void> = () => Promise.resolve();

  constructor(schedule: Schedule, isTraced: boolean) {
    const random = new Random(schedule.seed ^ 0x5eed);
    this.schedule = schedule;
    this.clock = new VirtualTime(() => random.next(), isTraced);
    this.ledger = new Ledger(this.clock, isTraced);
    this.#keyRandom = new Random(schedule.seed ^ 0x6b6579);
    this.cohere = new SimulatedCohere({
      clock: this.clock,
      seed: schedule.seed,
      weather: CLEAR,
      ledger: this.ledger,
      observer: {
        sent: (request) => this.#invariants.onSent(request),
        begun: () => this.#invariants.onBegun(),
        ended: (request) => this.#invariants.onEnded(request),
      },
    });
    this.source = new SimulatedKeySource(this.clock, this.#newModuleKey());
    this.limiter =
      schedule.limiter === undefined
        ? undefined
        : new SimulatedLimiter(this.clock, schedule.limiter);
    this.#cache = schedule.hasCache ? new SimulatedScoreStore(this.clock) : undefined;
    this.network =
      schedule.network === 'sockets'
        ? new SimulatedNetwork(this.cohere, this.ledger, {
            opened: () => this.#invariants.onConnect(),
            refused: () => this.#invariants.onRefused(),
          })
        : undefined;
    this.#invariants = new Invariants(this);
  }

  get result(): SimulationResult {
    return {
      schedule: this.schedule,
      violations: this.ledger.violations,
      trace: this.ledger.trace,
      requests: this.#invariants.requests.length,
    };
  }

  keyOf(service: number): string {
    return this.#tenantKeys[service - 1] ?? this.source.key;
  }

  async run(): Promise<void> {
    const onRejection = (reason: unknown) =>
      this.ledger.violate('unexpected', `unhandled rejection: ${String(reason)}`);
    const onWarning = (warning: Error) => {
      if (warning.name === 'MaxListenersExceededWarning') {
        this.ledger.violate('unexpected', warning.message);
      }
    };
    process.on('unhandledRejection', onRejection);
    process.on('warning', onWarning);
    this.clock.install();
    this.network?.install();
    try {
      await this.#boot();
      await this.#playEvents();
      await this.#end();
    } finally {
      this.network?.uninstall();
      this.clock.uninstall();
      process.off('unhandledRejection', onRejection);
      process.off('warning', onWarning);
    }
  }

  async #boot(): Promise<void> {
    const { concurrency, maxRetries, timeoutMs, maxDocumentsPerRequest, tenants } = this.schedule;
    const cache = this.#cache;
    const app = await NestFactory.createApplicationContext(
      CohereModule.forRoot({
        apiKey: this.source.read,
        ...(this.network === undefined
          ? { dispatcher: new SimulatedDispatcher(this.cohere) }
          : { baseUrl: 'http://cohere.simulated' }),
        startupCheck: 'off',
        filter: false,
        concurrency,
        maxRetries,
        timeoutMs,
        maxDocumentsPerRequest,
        ...(this.limiter === undefined ? {} : { rateLimiter: this.limiter }),
        ...(cache === undefined ? {} : { scoreCache: { store: cache, ttlMs: 60_000 } }),
      }),
      { logger: false },
    );
    this.#closeApp = () => app.close();
    const service = app.get(RerankService);
    this.#services.push(service);
    await this.#warmUp();
    this.cohere.weather = this.schedule.weather;
    for (let tenant = 1; tenant <= tenants; tenant += 1) {
      const key = this.#newKey();
      this.#tenantKeys.push(key);
      this.#services.push(service.forKey(key));
    }
  }

  /** Loads what is loaded once; that takes real time, in which the virtual clock stands still. */
  async #warmUp(): Promise<void> {
    const warming = { hasEnded: false };
    void this.#startCall({ ...CALL, documents: this.network === undefined ? 0 : 1 }).then(
      () => (warming.hasEnded = true),
    );
    while (!warming.hasEnded) {
      const isOnItsWay = this.#invariants.requests.length > 0 || (this.network?.opened ?? 0) > 0;
      // oxlint-disable-next-line no-await-in-loop
      await this.clock.step(isOnItsWay ? Infinity : this.clock.now);
    }
  }

  async #playEvents(): Promise<void> {
    const { events, faultsEndAt } = this.schedule;
    const start = this.clock.now;
    for (const event of events) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#pass(start + event.at);
      this.#play(event);
    }
    await this.#pass(start + faultsEndAt);
  }

  /** Lets time pass until then. */
  async #pass(until: number): Promise<void> {
    const marker = this.clock.setTimeout(() => undefined, Math.max(0, until - this.clock.now));
    marker.unref();
    let steps = 0;
    // oxlint-disable-next-line no-await-in-loop
    while (this.clock.now < until && (await this.clock.step(until))) {
      steps += 1;
      if (steps > MAX_STEPS) {
        throw new Error('the simulation goes on without end');
      }
    }
    this.clock.cancel(marker);
  }

  /** Lets time pass until the promise has settled, or for so long. */
  async #passWhile(promise: Promise<unknown>, most: number): Promise<void> {
    const until = this.clock.now + most;
    const waiting = { hasEnded: false };
    void promise.finally(() => {
      waiting.hasEnded = true;
    });
    // oxlint-disable-next-line no-await-in-loop
    while (!waiting.hasEnded && (await this.clock.step(until))) {
      // Time passes.
    }
  }

  #play(event: Event): void {
    const { kind } = event;
    if (kind !== 'call' && kind !== 'each') {
      this.ledger.note(() => `## ${JSON.stringify({ ...event, at: undefined })}`);
    }
    switch (kind) {
      case 'call':
        void this.#startCall(event);
        break;
      case 'each':
        this.#startRun(event);
        break;
      case 'weather':
        this.cohere.weather = event.weather;
        break;
      case 'rotate': {
        const old = this.source.key;
        this.source.rotate(this.#newModuleKey());
        this.#later(event.revokeAfterMs, () => {
          this.ledger.note(() => `## Cohere drops ${old.slice(0, 6)}`);
          this.#revoke(old);
        });
        break;
      }
      case 'revoke':
        this.#revoke(this.keyOf(event.service));
        break;
      case 'restore':
        this.cohere.validKeys.add(this.keyOf(event.service));
        break;
      case 'throttle':
        this.cohere.throttledKeys.add(this.keyOf(event.service));
        break;
      case 'endThrottle':
        this.cohere.throttledKeys.clear();
        break;
      case 'reload': {
        const reloaded = () => this.#invariants.onReload(event.service);
        reloaded();
        this.#track(
          this.#service(event.service)
            .reloadKey()
            .then(reloaded, () => undefined),
        );
        break;
      }
      case 'check':
        this.#track(this.#service(event.service).checkKey({ timeoutMs: 3_000 }));
        break;
      case 'source':
        this.source.mode = event.mode;
        break;
      case 'limiter':
        if (this.limiter !== undefined) {
          this.limiter.mode = event.mode;
        }
        break;
      case 'cache':
        if (this.#cache !== undefined) {
          this.#cache.mode = event.mode;
        }
        break;
      case 'stall':
        this.clock.stall(event.ms);
        break;
      case 'dropIdle':
        this.network?.dropIdle();
        break;
      case 'close':
        this.#track(this.#stop());
        break;
      default:
        kind satisfies never;
    }
  }

  #revoke(key: string): void {
    this.cohere.validKeys.delete(key);
    this.revokedKeys.add(key);
  }

  #service(service: number): RerankService {
    const found = this.#services[service] ?? this.#services[0];
    if (found === undefined) {
      throw new Error('the app has not started');
    }
    return found;
  }

  #newModuleKey(): string {
    const key = this.#newKey();
    this.moduleKeys.add(key);
    return key;
  }

  #newKey(): string {
    const characters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
    const key = Array.from({ length: 40 }, () =>
      characters.charAt(this.#keyRandom.integer(0, characters.length - 1)),
    ).join('');
    this.cohere.validKeys.add(key);
    return key;
  }

  #later(ms: number, run: () => void): void {
    this.clock.setTimeout(run, ms).unref();
  }

  #track(promise: Promise<unknown>): void {
    this.#pending.add(promise);
    void promise.finally(() => this.#pending.delete(promise)).catch(() => undefined);
  }

  /** @returns false when the call fails */
  #startCall(event: Extract<Event, { kind: 'call' }>): Promise<boolean> {
    const { service, timeoutMs = this.schedule.timeoutMs, topN, minRelevanceScore } = event;
    const name = `call ${this.calls.all.length}`;
    const query = event.sharedQuery === undefined ? name : `shared ${event.sharedQuery}`;
    const call: Call = {
      name,
      service,
      query,
      documents: documentsOf(query, event.documents),
      topN,
      minRelevanceScore,
      startedAt: this.clock.now,
      deadlineAt: this.clock.now + timeoutMs,
      maxRetries: event.maxRetries ?? this.schedule.maxRetries,
      isInput: false,
      requests: [],
    };
    this.calls.add(call);
    this.ledger.note(
      () => `${name} (service ${service}) begins: ${event.documents} documents, ${timeoutMs} ms`,
    );
    const request = { query, documents: call.documents, topN, minRelevanceScore };
    const settled = this.#service(service)
      .rerank(request, {
        timeoutMs,
        maxRetries: event.maxRetries,
        signal: this.#signalFor(call, event.abortAfterMs),
        onFailure: event.degrades ? 'original-order' : undefined,
      })
      .catch((error: unknown): Outcome => ({ error }))
      .then((outcome: Outcome) => {
        this.#invariants.onSettled(call, outcome);
        return 'results' in outcome && outcome.degraded === undefined;
      });
    this.#track(settled);
    return settled;
  }

  #signalFor(
    call: { abortedAt?: number; settledAt?: number },
    abortAfterMs: number | 'never' | undefined,
  ): AbortSignal | undefined {
    if (typeof abortAfterMs !== 'number') {
      return abortAfterMs === 'never' ? this.#shared.signal : undefined;
    }
    const controller = new AbortController();
    this.#signals.push(controller.signal);
    this.#later(abortAfterMs, () => {
      if (call.settledAt === undefined) {
        call.abortedAt = this.clock.now;
      }
      controller.abort(ABORTED);
    });
    return controller.signal;
  }

  #startRun(event: Extract<Event, { kind: 'each' }>): void {
    const name = `run ${event.at}`;
    const run: { abortedAt?: number; settledAt?: number } = {};
    const inputs: Call[] = [];
    const outcomes = this.#service(event.service).rerankEach(
      this.#readInputs(event, name, inputs),
      {
        concurrency: event.concurrency,
        signal: this.#signalFor(run, event.abortAfterMs),
      },
    );
    const seen = new Set<number>();
    const iterate = async (): Promise<void> => {
      for await (const { index, response, error } of outcomes) {
        const call = inputs[index];
        if (call === undefined || seen.has(index)) {
          this.ledger.violate('outcomes', `${name}: outcome ${index} is not of one input`);
          continue;
        }
        seen.add(index);
        this.#invariants.onSettled(call, response ?? { error });
        if (seen.size === event.breakAfter) {
          return;
        }
      }
      if (seen.size < event.count) {
        const text = `${name}: ${seen.size} outcomes of ${event.count} inputs`;
        this.ledger.violate('outcomes', text);
      }
    };
    const ended = iterate()
      .catch((error: unknown) => {
        this.ledger.note(() => `${name} throws ${describe(error)}`);
        if (error !== ABORTED && !(error instanceof DiagnosedError)) {
          this.ledger.violate('unexpected', `${name} throws ${describe(error)}`);
        }
      })
      .finally(() => {
        run.settledAt = this.clock.now;
        for (const call of inputs) {
          call.settledAt ??= this.clock.now;
        }
        this.ledger.note(() => `${name} ends with ${seen.size} outcomes`);
      });
    this.#track(ended);
  }

  *#readInputs(
    { count, service }: Extract<Event, { kind: 'each' }>,
    name: string,
    inputs: Call[],
  ): Generator<RerankRequest<string>> {
    const isLate = this.closing !== undefined;
    for (let index = 0; index < count; index += 1) {
      if (this.closing?.endedAt !== undefined && !isLate) {
        this.ledger.violate('outcomes', `${name} reads on although the app has closed`);
      }
      const query = `${name} input ${index}`;
      const call: Call = {
        name: query,
        service,
        query,
        documents: documentsOf(query, 1 + (index % 4)),
        startedAt: this.clock.now,
        // A run waits for a rate limit to lift.
        deadlineAt: Infinity,
        maxRetries: this.schedule.maxRetries,
        isInput: true,
        requests: [],
      };
      inputs.push(call);
      this.calls.add(call);
      yield { query, documents: call.documents };
    }
  }

  async #stop(): Promise<void> {
    if (this.closing !== undefined) {
      return;
    }
    const closing: { at: number; endedAt?: number } = { at: this.clock.now };
    this.closing = closing;
    await this.#closeApp();
    closing.endedAt = this.clock.now;
    this.ledger.note(() => '## the app has closed');
    const took = closing.endedAt - closing.at - this.#invariants.stalledSince(closing.at);
    if (took > GRACE_MS) {
      this.ledger.violate('stop', `close() took ${took} ms`);
    }
    await microtasks();
    for (const { origin, isRef, in: ms } of this.clock.pending) {
      if (isRef) {
        this.ledger.violate('stop', `a timer holds the process for ${ms} ms${origin}`);
      }
    }
  }

  /** Every fault ends; what has to be true then is looked at. */
  async #end(): Promise<void> {
    this.ledger.note(() => '## every fault ends');
    const endedAt = this.clock.now;
    this.cohere.weather = this.schedule.measureFrom === undefined ? CLEAR : this.schedule.weather;
    this.cohere.throttledKeys.clear();
    for (let service = 0; service < this.#services.length; service += 1) {
      this.cohere.validKeys.add(this.keyOf(service));
    }
    for (const store of [this.source, this.limiter, this.#cache]) {
      if (store !== undefined) {
        store.mode = 'works';
      }
    }
    await this.#pass(endedAt + CALM_MS);
    this.#invariants.checkGoodput(endedAt);
    if (this.closing === undefined) {
      await this.#checkRecovery();
      await this.#passWhile(this.#stop(), GRACE_MS + SLACK_MS);
    }
    await this.#checkLeftovers();
  }

  async #checkRecovery(): Promise<void> {
    for (let service = 0; service < this.#services.length; service += 1) {
      for (let round = 0; round < 3; round += 1) {
        const call = this.#startCall({ ...CALL, service, timeoutMs: 30_000, maxRetries: 0 });
        // oxlint-disable-next-line no-await-in-loop
        await this.#passWhile(call, 31_000);
        // oxlint-disable-next-line no-await-in-loop
        if (!(await Promise.race([call, Promise.resolve(false)]))) {
          const text = `service ${service}: call ${round} after the faults fails`;
          this.ledger.violate('recovery', text);
        }
      }
    }
  }

  async #checkLeftovers(): Promise<void> {
    if (this.closing?.endedAt === undefined) {
      this.ledger.violate('stop', 'close() does not end');
    }
    await this.#pass(this.clock.now + LONGEST_TIMER_MS);
    const left = (what: string) => this.ledger.violate('leftovers', what);
    for (const { origin, in: ms } of this.clock.pending) {
      left(`a timer that fires in ${ms} ms${origin}`);
    }
    for (const request of this.cohere.inFlight) {
      left(nameOf(request));
    }
    for (const { name, settledAt } of this.calls.all) {
      if (settledAt === undefined) {
        left(`${name} has not settled`);
      }
    }
    if (this.network !== undefined && this.network.open.size > 0) {
      left(`${this.network.open.size} connections`);
    }
    if (this.#pending.size > 0) {
      left(`${this.#pending.size} promises`);
    }
    const signals = [...this.#signals, this.#shared.signal];
    const listeners = signals.flatMap((signal) => getEventListeners(signal, 'abort')).length;
    if (listeners > 0) {
      left(`${listeners} listeners on signals of the caller`);
    }
  }
}
