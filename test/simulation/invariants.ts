import { createHash } from 'node:crypto';
import { DiagnosedError } from 'nestjs-cohere';
import {
  type Call,
  type Calls,
  describe,
  expectedResults,
  isUnderWay,
  type Result,
  unrankedResults,
} from './call.js';
import type { Ledger } from './ledger.js';
import type { Schedule, Weather } from './schedule.js';
import { nameOf, type SeenRequest, type SimulatedCohere } from './simulated-cohere.js';
import { MOST_DIAL_MS, type SimulatedNetwork } from './simulated-network.js';
import type { SimulatedKeySource, SimulatedLimiter } from './simulated-stores.js';
import type { VirtualTime } from './virtual-time.js';

/** Timers are set in whole milliseconds. */
export const SLACK_MS = 2;
/** A reading of the key source that hangs has ended by then, and after it the five seconds until a recheck. */
export const CALM_MS = 20_000;
/** The retry budget: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const BUDGET = { capacity: 500, transient: 14, throttled: 5 };
const RECHECK_MS = 5_000;

/** The reason of every abort of the app. */
export const ABORTED = new Error('aborted by the caller');

/** All that the promises are about. */
export interface World {
  readonly schedule: Schedule;
  readonly clock: VirtualTime;
  readonly ledger: Ledger;
  readonly cohere: SimulatedCohere;
  readonly calls: Calls;
  readonly source: SimulatedKeySource;
  readonly limiter: SimulatedLimiter | undefined;
  readonly network: SimulatedNetwork | undefined;
  /** Keys that the module has had. */
  readonly moduleKeys: ReadonlySet<string>;
  /** Keys that Cohere dropped, for a while or for good. */
  readonly revokedKeys: ReadonlySet<string>;
  readonly closing: { readonly at: number; readonly endedAt?: number } | undefined;
  keyOf(service: number): string;
}

export type Outcome =
  | {
      readonly results: readonly Result[];
      readonly degraded?: { readonly code: string } | undefined;
    }
  | { readonly error: unknown };

/** Holds what the library does against what it promises, at each request and at the end of each call. */
export class Invariants {
  readonly requests: SeenRequest[] = [];
  readonly #world: World;
  /** Whether the key check may be asked, which does not count against concurrency. */
  readonly #asksAboutKeys: boolean;
  /** What retries have cost, and what successes have given back. */
  #transientCost = 0;
  readonly #throttledCost = new Map<string, number>();
  #refund = 0;
  /** What retries have cost if every failure that may pass was retried. */
  #mostSpent = 0;
  /** The last moment at which no connection could be made. */
  #refusedAt = -Infinity;
  /** Keys that the weather refused although they are valid. */
  readonly #doubted = new Set<string>();
  /** By service: the key that a call failed with, since nothing has spoken for it. */
  readonly #refused = new Map<number, { readonly key: string; readonly at: number }>();

  constructor(world: World) {
    this.#world = world;
    this.#asksAboutKeys = asksAboutKeys(world.schedule);
  }

  onSent(request: SeenRequest): void {
    const now = this.#world.clock.now;
    this.requests.push(request);
    if (this.#world.closing?.endedAt !== undefined) {
      this.#world.ledger.violate('stop', `${nameOf(request)} was sent after close()`);
    }
    if (this.#isProbe(request)) {
      return;
    }
    const calls = this.#world.calls
      .of(request)
      .filter(
        ({ service }) => this.#world.schedule.hasCache || this.#isKeyOf(service, request.key),
      );
    const live = calls.filter((call) => isUnderWay(call, now));
    // A socket that connects while the process is held up is written to before any timer fires.
    const isHeldUp = request.connection !== undefined && this.stalledSince(now) > 0;
    if (live.length === 0 && !isHeldUp) {
      this.#world.ledger.violate(
        'sentInVain',
        `${nameOf(request)} belongs to no call that is under way`,
      );
    }
    for (const call of live) {
      this.#checkBudget(call, request);
      call.requests.push(request);
    }
    this.#checkRefusedKey(request, live);
    this.#checkLimiter(request, live);
  }

  /** On a gateway the word of the key check is not enough, and one document is ranked. */
  #isProbe({ path, query }: SeenRequest): boolean {
    return path !== '/v2/rerank' || (this.#asksAboutKeys && query === 'startup check');
  }

  #isKeyOf(service: number, key: string): boolean {
    return service === 0 || this.#world.keyOf(service) === key;
  }

  onBegun(): void {
    const { concurrency } = this.#world.schedule;
    const inFlight = [...this.#world.cohere.inFlight].filter(
      (request) => !this.#isProbe(request),
    ).length;
    if (inFlight > concurrency) {
      this.#world.ledger.violate(
        'connections',
        `${inFlight} requests in flight with concurrency ${concurrency}`,
      );
    }
  }

  onConnect(): void {
    const { concurrency, tenants } = this.#world.schedule;
    const open = this.#world.network?.open.size ?? 0;
    const most = concurrency + (this.#asksAboutKeys ? 2 * (tenants + 1) : 0);
    if (open > most) {
      this.#world.ledger.violate(
        'connections',
        `${open} connections with concurrency ${concurrency}`,
      );
    }
    const now = this.#world.clock.now;
    if (!this.#asksAboutKeys && !this.#world.calls.all.some((call) => isUnderWay(call, now))) {
      this.#world.ledger.violate(
        'sentInVain',
        'a connection is opened although no call is under way',
      );
    }
  }

  /** No connection could be made. */
  onRefused(): void {
    this.#mostSpent += BUDGET.transient;
    this.#refusedAt = this.#world.clock.now;
  }

  /** The app has told the library that the key may be another, or good again. */
  onReload(service: number): void {
    this.#refused.delete(service);
  }

  onEnded(request: SeenRequest): void {
    if (typeof request.ended === 'number' && request.ended < 300) {
      this.#refund += BUDGET.transient;
      for (const [service, { key }] of this.#refused) {
        if (key === request.key) {
          this.#refused.delete(service);
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
    // A run waits until a rate limit lifts, and sends the whole input again: also the batches that were aborted then.
    const limited = call.isInput ? call.requests.findLast(({ ended }) => ended === 429) : undefined;
    const since = limited?.endedAt ?? -Infinity;
    const before = call.requests.filter(
      ({ documents, key, sentAt, ended }) =>
        documents.join() === batch &&
        key === request.key &&
        sentAt >= since &&
        !(call.isInput && (ended === 'aborted' || ended === undefined)),
    );
    const last = before.at(-1);
    if (last === undefined || this.#world.schedule.hasCache || last.ended === 401) {
      return;
    }
    // A run begins a call again also where the limiter, not Cohere, had nothing left.
    const isRestarted = call.isInput && this.#world.limiter !== undefined;
    if (
      last.ended === 503 &&
      !isRestarted &&
      // Otherwise a retry found no new connection.
      this.#refusedAt < (last.endedAt ?? 0) &&
      request.connection !== undefined &&
      last.connection === request.connection
    ) {
      this.#world.ledger.violate(
        'draining',
        `${nameOf(request)} takes connection ${request.connection} again`,
      );
    }
    if (last.ended === 429) {
      const cost = (this.#throttledCost.get(request.key) ?? 0) + BUDGET.throttled;
      this.#throttledCost.set(request.key, cost);
      if (cost > BUDGET.capacity + this.#refund) {
        this.#world.ledger.violate('budget', `${nameOf(request)}: retries of one key cost ${cost}`);
      }
    } else if (!isStale(last)) {
      this.#transientCost += BUDGET.transient;
      if (this.#transientCost > BUDGET.capacity + this.#refund) {
        const text = `${nameOf(request)}: retries cost ${this.#transientCost}`;
        this.#world.ledger.violate('budget', text);
      }
    }
    const paid = before.filter((one) => one.ended !== 401 && !isStale(one)).length;
    if (paid > call.maxRetries && !isRestarted) {
      const text = `${nameOf(request)} is retry ${paid} of ${call.maxRetries}`;
      this.#world.ledger.violate('budget', text);
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
      // The deadline of an input begins when the run sends it.
      !call.isInput &&
      this.#refusedAt < call.startedAt &&
      this.#world.closing === undefined &&
      retries < call.maxRetries &&
      call.deadlineAt - this.#world.clock.now > longest &&
      this.#mostSpent + BUDGET.transient <= BUDGET.capacity
    ) {
      this.#world.ledger.violate(
        'retryDenied',
        `${call.name} failed after ${retries} retries of ${call.maxRetries}; retries after failures of Cohere cost ${this.#mostSpent} at most`,
      );
    }
  }

  #rememberRefusal(call: Call): void {
    const key = this.#world.keyOf(call.service);
    const isOldKey = call.service === 0 && this.#world.source.changedAt > call.startedAt - CALM_MS;
    if (this.#world.cohere.validKeys.has(key) || this.#doubted.has(key) || isOldKey) {
      return;
    }
    // The last word of Cohere on the key, which the library has heard.
    const check = this.requests.findLast(
      ({ path, key: asked, ended }) =>
        path !== '/v2/rerank' && asked === key && ended !== undefined,
    );
    if (check?.ended === 401 && !this.#refused.has(call.service)) {
      this.#refused.set(call.service, { key, at: this.#world.clock.now });
    }
  }

  #checkRefusedKey(request: SeenRequest, calls: readonly Call[]): void {
    for (const call of calls) {
      const refused = this.#refused.get(call.service);
      if (refused === undefined || refused.key !== request.key || this.#isResent(call)) {
        continue;
      }
      const since = this.#world.clock.now - refused.at;
      if (since > SLACK_MS + MOST_DIAL_MS && since < RECHECK_MS - 1_000) {
        this.#world.ledger.violate(
          'refusedKey',
          `${nameOf(request)} uses it ${since} ms after it was refused`,
        );
      }
    }
  }

  #checkRotation(call: Call): void {
    const now = this.#world.clock.now;
    const { changedAt, key } = this.#world.source;
    const isAsked =
      call.service === 0 &&
      this.#world.source.hasAlwaysWorked &&
      this.#world.clock.stalls.length === 0 &&
      this.#world.cohere.validKeys.has(key) &&
      !this.#world.revokedKeys.has(key) &&
      this.#doubted.size === 0;
    if (!isAsked) {
      return;
    }
    const refusal = call.requests.findLast(({ ended }) => ended === 401);
    const heardAt = refusal?.endedAt ?? now - 1_000;
    if (changedAt < heardAt - 400) {
      this.#world.ledger.violate(
        'rotation',
        `${call.name} failed ${now - changedAt} ms after the new key was there`,
      );
    }
  }

  /** Whether a request of the call has just died on a connection that was used before. */
  #isResent({ requests }: Call): boolean {
    const since = this.#world.clock.now - MOST_DIAL_MS;
    return requests.some((one) => isStale(one) && (one.endedAt ?? 0) >= since);
  }

  #checkLimiter(request: SeenRequest, calls: readonly Call[]): void {
    const limiter = this.#world.limiter;
    const now = this.#world.clock.now;
    if (limiter === undefined) {
      return;
    }
    if (calls.some((call) => this.#isResent(call))) {
      // It takes the place of one that never arrived.
      return;
    }
    // A point that was taken for the old key is good for the new one.
    const keys = this.#world.moduleKeys.has(request.key)
      ? this.#world.moduleKeys
      : new Set([request.key]);
    const fingerprints = Array.from(keys, fingerprintOf);
    for (const [storeKey, moments] of limiter.granted) {
      const good = moments.filter(
        (moment) => now - moment <= SLACK_MS + MOST_DIAL_MS + this.stalledSince(moment),
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
      startedAt < worksAt || this.stalledSince(startedAt - 7_000) > 0;
    if (limiter.isTroubled || calls.some(mayGoWithout)) {
      return;
    }
    this.#world.ledger.violate('limiter', `${nameOf(request)} was sent without a point`);
  }

  /** A call ended, with its results or an error. */
  onSettled(call: Call, outcome: Outcome): void {
    const { clock, ledger, closing } = this.#world;
    call.settledAt = clock.now;
    ledger.note(() => `${call.name} ends: ${describeOutcome(outcome)}`);
    const due = Math.min(call.deadlineAt, call.abortedAt ?? Infinity);
    const late = clock.now - due - this.stalledSince(call.startedAt);
    if (late > SLACK_MS) {
      ledger.violate('deadline', `${call.name} ended ${late} ms too late`);
    }
    if ('results' in outcome) {
      this.#checkResults(call, outcome);
      if (outcome.degraded?.code.startsWith('COHERE_API_KEY') === true) {
        this.#rememberRefusal(call);
      }
      return;
    }
    const { error } = outcome;
    if (error === ABORTED && call.abortedAt !== undefined) {
      return;
    }
    if (!(error instanceof DiagnosedError)) {
      ledger.violate('unexpected', `${call.name} failed with ${describe(error)}`);
    } else if (error.code.startsWith('COHERE_API_KEY')) {
      this.#checkRotation(call);
      this.#rememberRefusal(call);
    } else if (error.code === 'COHERE_UPSTREAM_ERROR') {
      this.#checkRetryDenied(call);
    } else if (error.code === 'COHERE_UNREACHABLE' && closing === undefined) {
      const failures = call.requests.filter(({ ended }) => ended === 'failed');
      const isReachable = this.#refusedAt < call.startedAt;
      if (isReachable && failures.length > 0 && failures.every(({ fault }) => fault === 'stale')) {
        ledger.violate('stale', `${call.name} failed`);
      }
    } else if (error.code === 'COHERE_RATE_LIMITED' && call.isInput) {
      ledger.violate(
        'outcomes',
        `${call.name} fails with a rate limit, which the run has to await`,
      );
    }
    if (call.isInput && closing !== undefined && describe(error).includes('shutting down')) {
      ledger.violate('outcomes', `${call.name} is spent on an app that closes`);
    }
  }

  stalledSince(moment: number): number {
    return this.#world.clock.stalls
      .filter(({ at, ms }) => at + ms >= moment)
      .reduce((sum, { ms }) => sum + ms, 0);
  }

  #checkResults(call: Call, { results, degraded }: Extract<Outcome, { results: unknown }>): void {
    const expected = degraded === undefined ? expectedResults(call) : unrankedResults(call);
    if (format(expected) !== format(results)) {
      this.#world.ledger.violate('exact', `${call.name}: not the ranking of its documents`);
    }
  }

  /** Of an overload: what was served in its last part, when the queue has long been full. */
  checkGoodput(endedAt: number): void {
    const { schedule, ledger } = this.#world;
    if (schedule.measureFrom === undefined) {
      return;
    }
    const [least, most] = schedule.weather.latency;
    const lasted = schedule.faultsEndAt - schedule.measureFrom;
    const isMeasured = ({ endedAt: at = 0 }: SeenRequest) => at >= endedAt - lasted && at < endedAt;
    const ended = this.requests.filter(isMeasured);
    const served = ended.filter(({ ended: how }) => how === 200).length;
    const abandoned = ended.filter(({ ended: how }) => how === 'aborted').length;
    // A request takes a moment more than its answer: the connection, and the end of the body.
    const capacity = (lasted / ((least + most) / 2 + 3)) * schedule.concurrency;
    const hadTrouble = schedule.events.some(({ kind }) => kind !== 'call');
    // After trouble the library has to learn that Cohere is fast again; times that vary vary in their mean, too.
    const share = (hadTrouble ? 0.7 : 0.9) - (0.15 * (most - least)) / (most + least);
    if (served < share * capacity) {
      ledger.violate(
        'goodput',
        `${served} served of ${Math.floor(capacity)} that Cohere could serve`,
      );
    }
    if (abandoned > (hadTrouble ? 0.15 : 0.05) * ended.length + 2) {
      ledger.violate('goodput', `${abandoned} of ${ended.length} requests were abandoned`);
    }
  }
}

/** One that died on a connection that was used before may be sent again for nothing. */
function isStale({ ended, isReused }: SeenRequest): boolean {
  return ended === 'failed' && isReused;
}

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

function describeOutcome(outcome: Outcome): string {
  if ('error' in outcome) {
    return describe(outcome.error);
  }
  return outcome.degraded === undefined ? 'ok' : `degraded by ${outcome.degraded.code}`;
}

function format(results: readonly Result[]): string {
  return results
    .map(({ document, index, relevanceScore }) => `${index} ${relevanceScore} ${document}`)
    .join('\n');
}
