import type { VirtualTime } from './virtual-time.js';

/** The promises that every schedule must keep. */
export const INVARIANTS = {
  deadline: 'no call outlives its deadline or its abort',
  connections: 'requests in flight and open connections never exceed concurrency',
  sentInVain: 'nothing is sent, and no connection opened, for a call that has ended',
  draining: 'a retry after a 503 takes another connection',
  stale: 'a request that dies on a connection that was closed costs no retry',
  budget: 'requests stay within maxRetries and the retry budget',
  retryDenied: 'a retry that the budget allows is made',
  refusedKey: 'a refused key is not used again before its recheck',
  rotation: 'after a rotation no call fails that could have read the new key',
  limiter: 'the window of a limiter is never exceeded',
  exact: 'each result is exact',
  outcomes: 'rerankEach gives one outcome per input, and ends',
  goodput: 'an overload costs at most a tenth of the capacity, and few requests are abandoned',
  recovery: 'once the faults have ended every call succeeds within seconds',
  stop: 'close() takes at most six seconds, and nothing is sent after it',
  leftovers: 'at the end nothing is left: calls, requests, timers, listeners',
  unexpected:
    'nothing else goes wrong: no error but a diagnosed one, no unhandled rejection, no warning of a leak',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly at: number;
  readonly text: string;
}

/** What happened in one simulation, and which promises were broken. */
export class Ledger {
  readonly violations: Violation[] = [];
  readonly trace: string[] = [];
  readonly #clock: VirtualTime;
  readonly #isTraced: boolean;

  constructor(clock: VirtualTime, isTraced: boolean) {
    this.#clock = clock;
    this.#isTraced = isTraced;
  }

  note(text: () => string): void {
    if (this.#isTraced) {
      this.trace.push(`${this.#clock.elapsed.toFixed(0).padStart(7)} ms  ${text()}`);
    }
  }

  violate(invariant: Invariant, text: string): void {
    this.violations.push({ invariant, at: this.#clock.elapsed, text });
    this.note(() => `!! ${INVARIANTS[invariant]}: ${text}`);
  }
}
