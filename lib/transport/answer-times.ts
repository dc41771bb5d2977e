const MOST = 64;
/** Of 64 answers the second slowest: one that hung must not refuse every call that waits. */
const SHARE_IN_TIME = 0.97;
/** Answers that all take the same time are late by chance; so much more covers it. */
const MARGIN = 1.1;

interface AnswerTime {
  readonly ms: number;
  readonly timeoutMs: number;
}

/** How long the last answers of a deployment took, the time to connect included. */
export class AnswerTimes {
  readonly #last: AnswerTime[] = [];
  #next = 0;

  /** @param timeoutMs the deadline of the call that was answered */
  add(ms: number, timeoutMs: number): void {
    this.#last[this.#next] = { ms, timeoutMs };
    this.#next = (this.#next + 1) % MOST;
  }

  /** The deadline passed before the answer came, so how long it takes is not known: twice as long is assumed. */
  addUnanswered(ms: number, timeoutMs: number): void {
    this.add(2 * ms, timeoutMs);
  }

  /**
   * Returns the time that nearly all answers fit into, 0 when none is known. Only calls with no longer a
   * deadline are counted: a bulk job that takes its time says nothing about a short request.
   */
  nearlyAll(timeoutMs: number): number {
    const times = this.#last
      .filter((answer) => answer.timeoutMs <= timeoutMs)
      .map(({ ms }) => ms)
      .toSorted((a, b) => a - b);
    return MARGIN * (times[Math.floor(times.length * SHARE_IN_TIME)] ?? 0);
  }
}
