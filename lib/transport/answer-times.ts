const MOST = 64;
/** The margin for jitter when all answers take the same time. */
const MARGIN = 1.1;

interface AnswerTime {
  readonly ms: number;
  readonly timeoutMs: number;
}

/** The durations of the last answers of a deployment, the time to connect included. */
export class AnswerTimes {
  readonly #last: AnswerTime[] = [];
  #next = 0;

  /** @param timeoutMs the deadline of the call that was answered */
  add(ms: number, timeoutMs: number): void {
    this.#last[this.#next] = { ms, timeoutMs };
    this.#next = (this.#next + 1) % MOST;
  }

  /** Records a missed deadline. The real duration is unknown; twice the time waited is assumed. */
  addUnanswered(ms: number, timeoutMs: number): void {
    this.add(2 * ms, timeoutMs);
  }

  /**
   * Returns the time that all answers but the slowest fit into, 0 when none is known: once there was another answer,
   * one hang sheds no waiting call. Counts only calls with the same or a shorter deadline: a bulk job
   * with a long one says nothing about a short request.
   */
  nearlyAll(timeoutMs: number): number {
    const times = this.#last
      .filter((answer) => answer.timeoutMs <= timeoutMs)
      .map(({ ms }) => ms)
      .toSorted((a, b) => a - b);
    return MARGIN * (times.at(-2) ?? times[0] ?? 0);
  }
}
