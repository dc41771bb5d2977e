const MOST = 64;
/** A deployment that hung or was slow may have recovered since. */
const LATELY_MS = 10_000;
/** The margin for jitter when all answers take the same time. */
const MARGIN = 1.1;

interface AnswerTime {
  readonly ms: number;
  readonly timeoutMs: number;
  readonly endedAt: number;
}

/** The durations of the recent answers of a deployment, the time to connect included. */
export class AnswerTimes {
  readonly #last: AnswerTime[] = [];
  #next = 0;

  /** @param timeoutMs the deadline of the call that was answered */
  add(ms: number, timeoutMs: number): void {
    this.#last[this.#next] = { ms, timeoutMs, endedAt: performance.now() };
    this.#next = (this.#next + 1) % MOST;
  }

  /** Records a missed deadline. The real duration is unknown; twice the time waited is assumed, within the deadline. */
  addUnanswered(ms: number, timeoutMs: number): void {
    this.add(Math.min(2 * ms, timeoutMs), timeoutMs);
  }

  /**
   * Returns the time that all answers but the slowest fit into, 0 when none is known: once there was another answer,
   * one hang sheds no waiting call. Counts only calls with the same or a shorter deadline: a bulk job
   * with a long one says nothing about a short request.
   */
  nearlyAll(timeoutMs: number): number {
    const since = performance.now() - LATELY_MS;
    let count = 0;
    let slowest = 0;
    let second = 0;
    for (const answer of this.#last) {
      if (answer.timeoutMs <= timeoutMs && answer.endedAt >= since) {
        count += 1;
        second = Math.max(second, Math.min(answer.ms, slowest));
        slowest = Math.max(slowest, answer.ms);
      }
    }
    return MARGIN * (count === 1 ? slowest : second);
  }
}
