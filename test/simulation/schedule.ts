import { Random } from './random.js';

/** How likely each fault is for one request, from 0 to 1; what is left over is answered well. */
export interface Weather {
  readonly name: string;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly latency: readonly [min: number, max: number];
}

export type FaultKind =
  | 'unavailable'
  | 'serverError'
  | 'throttled'
  | 'throttledFor'
  | 'unauthorized'
  | 'reset'
  | 'refusedConnection'
  | 'hang'
  | 'hangInBody'
  | 'slow'
  | 'truncated'
  | 'notJson'
  | 'wrongRanking'
  /** Of a connection that Cohere has closed; never by the weather. */
  | 'stale';

export type StoreMode = 'works' | 'slow' | 'fails' | 'hangs';

/** What the app, its operator, Cohere or the network does at one moment. */
export type Event =
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly service: number;
      readonly documents: number;
      readonly timeoutMs: number | undefined;
      readonly maxRetries: number | undefined;
      readonly topN: number | undefined;
      readonly minRelevanceScore: number | undefined;
      /** `never`: the signal that many calls share. */
      readonly abortAfterMs: number | 'never' | undefined;
      /** Asks for the documents in their own order where Cohere cannot rank them. */
      readonly degrades: boolean;
      /** Calls with the same one ask the same query, for the score cache. */
      readonly sharedQuery: number | undefined;
    }
  | {
      readonly kind: 'each';
      readonly at: number;
      readonly service: number;
      readonly count: number;
      readonly concurrency: number | undefined;
      readonly abortAfterMs: number | 'never' | undefined;
      readonly breakAfter: number | undefined;
    }
  | { readonly kind: 'weather'; readonly at: number; readonly weather: Weather }
  /** A new key: the secret store has it now, Cohere knows it from the beginning and drops the old one later. */
  | { readonly kind: 'rotate'; readonly at: number; readonly revokeAfterMs: number }
  | { readonly kind: 'revoke' | 'restore'; readonly at: number; readonly service: number }
  /** Cohere answers every request of this key with 429 until `endThrottle`. */
  | { readonly kind: 'throttle' | 'endThrottle'; readonly at: number; readonly service: number }
  | { readonly kind: 'reload' | 'check'; readonly at: number; readonly service: number }
  | { readonly kind: 'source' | 'limiter' | 'cache'; readonly at: number; readonly mode: StoreMode }
  | { readonly kind: 'stall'; readonly at: number; readonly ms: number }
  /** Cohere closes connections that are idle. */
  | { readonly kind: 'dropIdle'; readonly at: number }
  | { readonly kind: 'close'; readonly at: number };

export type Scenario = 'mixed' | 'overload' | 'hang' | 'tenants' | 'outage' | 'rotation' | 'stop';

export interface Schedule {
  readonly seed: number;
  readonly scenario: Scenario;
  /** A dispatcher of the app, or sockets beneath the library's own connections. */
  readonly network: 'dispatcher' | 'sockets';
  readonly concurrency: number;
  readonly maxRetries: number;
  readonly timeoutMs: number;
  readonly maxDocumentsPerRequest: number;
  /** The service of the module is 0; tenants have their own keys. */
  readonly tenants: number;
  readonly limiter: { readonly points: number; readonly duration: number } | undefined;
  readonly hasCache: boolean;
  readonly weather: Weather;
  readonly events: readonly Event[];
  /** From here on nothing goes wrong any more. */
  readonly faultsEndAt: number;
  /** Of an overload: from here until `faultsEndAt` it is measured what is served. */
  readonly measureFrom?: number;
}

/** A call unless told otherwise. */
export const CALL = {
  kind: 'call',
  at: 0,
  service: 0,
  documents: 2,
  timeoutMs: undefined,
  maxRetries: undefined,
  topN: undefined,
  minRelevanceScore: undefined,
  abortAfterMs: undefined,
  degrades: false,
  sharedQuery: undefined,
} as const;

export const CLEAR: Weather = { name: 'clear', faults: {}, latency: [20, 120] };

export function createSchedule(seed: number): Schedule {
  const random = new Random(seed);
  const scenario = random.pick<Scenario>([
    'mixed',
    'mixed',
    'mixed',
    'overload',
    'hang',
    'tenants',
    'outage',
    'rotation',
    'stop',
  ]);
  const concurrency = random.pick([1, 2, 3, 5, 8]);
  const base = {
    seed,
    scenario,
    network: random.pick(['dispatcher', 'dispatcher', 'sockets'] as const),
    concurrency,
    maxRetries: random.pick([0, 1, 2, 2, 3]),
    timeoutMs: random.pick([400, 1_500, 3_000, 8_000]),
    maxDocumentsPerRequest: random.pick([3, 10, 1_000]),
    tenants: random.pick([0, 1, 2]),
    limiter: random.chance(0.3)
      ? { points: random.integer(2, 20), duration: random.pick([1, 2, 10]) }
      : undefined,
    hasCache: random.chance(0.3),
    weather: CLEAR,
    faultsEndAt: 0,
  };
  switch (scenario) {
    case 'overload':
      return overload(random, base);
    case 'hang':
      return hang(random, base);
    case 'tenants':
      return tenants(random, base);
    default:
      return mixed(random, base);
  }
}

type Base = Omit<Schedule, 'events'>;

/** More calls than Cohere can serve, for long enough that a queue would fill up. */
function overload(random: Random, base: Base): Schedule {
  const latency = random.integer(50, 300);
  const spread = random.pick([0, 0.3, 0.7]);
  const concurrency = random.pick([2, 3, 5]);
  const capacity = (concurrency / latency) * 1_000;
  const rate = capacity * random.pick([1.1, 1.25, 1.5, 2]);
  const timeoutMs = latency * random.integer(4, 7);
  const measured = timeoutMs + (60 / rate) * 1_000;
  // Cohere may be slow or hang for a while first; a queue must recover from that.
  const trouble = random.pick<Weather | undefined>([
    undefined,
    undefined,
    { name: 'hang', faults: { hang: 1 }, latency: [1, 1] },
    { name: 'slow', faults: {}, latency: [timeoutMs, 2 * timeoutMs] },
  ]);
  // Or the process is held up: what it measures of the responses meanwhile is its own delay.
  const stallMs = trouble === undefined ? timeoutMs * random.pick([0, 0.5, 1.5]) : 0;
  const troubled = trouble === undefined ? stallMs : 2 * timeoutMs;
  const measureFrom = troubled + 2 * timeoutMs;
  const lasts = measureFrom + measured;
  const weather: Weather = {
    name: 'steady',
    faults: {},
    latency: [latency * (1 - spread), latency * (1 + spread)],
  };
  const events: Event[] =
    trouble === undefined
      ? []
      : [
          { kind: 'weather', at: timeoutMs, weather: trouble },
          { kind: 'weather', at: timeoutMs + troubled, weather },
        ];
  if (stallMs > 0) {
    events.push({ kind: 'stall', at: timeoutMs, ms: stallMs });
  }
  for (let at = 0; at < lasts; at += 1_000 / rate) {
    events.push({ ...CALL, at });
  }
  return {
    ...base,
    concurrency,
    timeoutMs,
    maxDocumentsPerRequest: 1_000,
    limiter: undefined,
    hasCache: false,
    weather,
    events: sorted(events),
    faultsEndAt: lasts,
    measureFrom,
  };
}

/** Many calls at once at a Cohere that never answers. */
function hang(random: Random, base: Base): Schedule {
  const count = random.integer(base.concurrency + 5, 60);
  const timeoutMs = random.pick([300, 1_500]);
  const spread = random.pick([0, 0, 50]);
  const events = Array.from({ length: count }, () => ({
    ...CALL,
    at: random.integer(0, spread),
  }));
  return {
    ...base,
    timeoutMs,
    limiter: undefined,
    weather: { name: 'hang', faults: { hang: 1 }, latency: [1, 1] },
    events: sorted(events),
    faultsEndAt: timeoutMs + spread + 100,
  };
}

/** One tenant is throttled without end while the first attempts of another fail. */
function tenants(random: Random, base: Base): Schedule {
  const events: Event[] = [{ kind: 'throttle', at: 0, service: 1 }];
  for (let calls = random.integer(55, 75); calls > 0; calls -= 1) {
    events.push({ ...CALL, at: random.integer(0, 500), service: 1, timeoutMs: 5_000 });
  }
  for (let calls = 8; calls > 0; calls -= 1) {
    events.push({ ...CALL, at: random.integer(2_000, 9_000), service: 2, timeoutMs: 8_000 });
  }
  return {
    ...base,
    tenants: 2,
    concurrency: 8,
    maxRetries: 2,
    limiter: undefined,
    weather: { name: 'flaky', faults: { unavailable: 0.2 }, latency: [10, 40] },
    events: sorted(events),
    faultsEndAt: 18_000,
  };
}

function mixed(random: Random, base: Base): Schedule {
  const { scenario } = base;
  const lasts = random.integer(2_000, 15_000);
  const events: Event[] = [];
  const add = (probability: number, make: (at: number) => Event) => {
    if (random.chance(probability)) {
      events.push(make(random.integer(0, lasts)));
    }
  };
  const calls = random.integer(5, 35);
  const burst = random.chance(0.3) ? random.integer(0, lasts) : undefined;
  for (let count = calls; count > 0; count -= 1) {
    const at = burst === undefined ? random.integer(0, lasts) : burst + random.integer(0, 300);
    events.push(randomCall(random, base, at));
  }
  for (let count = random.integer(0, 3); count > 0; count -= 1) {
    events.push({
      kind: 'weather',
      at: random.integer(0, lasts),
      weather: randomWeather(random, scenario),
    });
  }
  if (random.chance(scenario === 'stop' ? 0.9 : 0.3)) {
    events.push({
      kind: 'each',
      at: random.integer(0, lasts),
      service: random.integer(0, base.tenants),
      count: random.integer(1, 25),
      concurrency: random.pick([undefined, 1, 4, 20]),
      abortAfterMs: random.pick([undefined, undefined, 'never', random.integer(0, 3_000)]),
      breakAfter: random.chance(0.2) ? random.integer(1, 10) : undefined,
    });
  }
  const rotations = scenario === 'rotation' ? random.integer(1, 3) : random.chance(0.2) ? 1 : 0;
  for (let count = rotations; count > 0; count -= 1) {
    events.push({
      kind: 'rotate',
      at: random.integer(0, lasts),
      revokeAfterMs: random.pick([0, 0, 100, 2_000]),
    });
  }
  const some = { works: 0.1, slow: 0.4, fails: 0.3, hangs: 0.2 };
  for (const kind of ['source', 'limiter', 'cache'] as const) {
    add(0.25, (at) => ({ kind, at, mode: weighted(random, some) }));
    add(0.15, (at) => ({ kind, at, mode: weighted(random, some) }));
  }
  const service = random.integer(0, base.tenants);
  add(0.25, (at) => ({ kind: 'revoke', at, service }));
  add(0.15, (at) => ({ kind: 'restore', at, service }));
  add(0.2, (at) => ({ kind: 'throttle', at, service }));
  add(0.2, (at) => ({ kind: 'endThrottle', at, service }));
  add(0.2, (at) => ({ kind: 'reload', at, service: random.integer(0, base.tenants) }));
  add(0.2, (at) => ({ kind: 'check', at, service: random.integer(0, base.tenants) }));
  if (random.chance(0.3)) {
    const at = random.integer(0, lasts);
    // A call that comes before the library hears of it.
    events.push({ kind: 'dropIdle', at }, randomCall(random, base, at + random.integer(0, 25)));
  }
  add(0.2, (at) => ({ kind: 'stall', at, ms: random.pick([20, 300, 4_000]) }));
  add(scenario === 'stop' ? 1 : 0.05, (at) => ({ kind: 'close', at }));
  return {
    ...base,
    weather: random.chance(0.5) ? CLEAR : randomWeather(random, scenario),
    events: sorted(events),
    faultsEndAt: lasts,
  };
}

function randomWeather(random: Random, scenario: Scenario): Weather {
  if (scenario === 'outage' && random.chance(0.7)) {
    const fault = random.pick<FaultKind>(['unavailable', 'refusedConnection', 'reset', 'hang']);
    return { name: `outage: ${fault}`, faults: { [fault]: 1 }, latency: [1, 10] };
  }
  const faults: Partial<Record<FaultKind, number>> = {};
  const kinds: readonly FaultKind[] = [
    'unavailable',
    'serverError',
    'throttled',
    'throttledFor',
    'unauthorized',
    'reset',
    'refusedConnection',
    'hang',
    'hangInBody',
    'slow',
    'truncated',
    'notJson',
    'wrongRanking',
  ];
  for (const kind of kinds) {
    if (random.chance(0.3)) {
      faults[kind] = random.pick([0.02, 0.1, 0.3]);
    }
  }
  return { name: 'faults', faults, latency: random.pick([CLEAR.latency, [1, 5], [100, 900]]) };
}

function randomCall(random: Random, base: Base, at: number): Event {
  return {
    ...CALL,
    at,
    service: random.integer(0, base.tenants),
    documents: random.pick([1, 2, 5, 25]),
    timeoutMs: random.chance(0.3) ? random.pick([1, 30, 200, 1_000, 20_000]) : undefined,
    maxRetries: random.chance(0.2) ? random.integer(0, 4) : undefined,
    topN: random.chance(0.3) ? random.integer(1, 10) : undefined,
    minRelevanceScore: random.chance(0.1) ? 0.5 : undefined,
    abortAfterMs: random.pick([undefined, undefined, undefined, 'never', random.integer(0, 1_500)]),
    sharedQuery: base.hasCache && random.chance(0.5) ? random.integer(0, 2) : undefined,
    degrades: random.chance(0.1),
  };
}

function weighted(random: Random, weights: Readonly<Record<StoreMode, number>>): StoreMode {
  let left = random.next();
  for (const mode of ['works', 'slow', 'fails', 'hangs'] as const) {
    left -= weights[mode];
    if (left < 0) {
      return mode;
    }
  }
  return 'works';
}

function sorted(events: readonly Event[]): readonly Event[] {
  return events.toSorted((a, b) => a.at - b.at);
}
