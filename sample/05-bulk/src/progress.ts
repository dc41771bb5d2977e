const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_WIDTH = 24;
const DEFAULT_COLUMNS = 80;

/** How far the work is: a bar on a terminal, a line now and then in a pipe or a log. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #total: number;
  readonly #doneBefore: number;
  readonly #startedAt = performance.now();
  #done: number;
  #failed = 0;
  #shownAt = -Infinity;

  /** @param doneBefore by a run before this one */
  constructor(total: number, doneBefore: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#total = total;
    this.#doneBefore = doneBefore;
    this.#done = doneBefore;
    this.#stream = stream;
  }

  step(hasFailed: boolean): void {
    this.#done += 1;
    this.#failed += hasFailed ? 1 : 0;
    const now = performance.now();
    if (now - this.#shownAt >= (this.#stream.isTTY ? BAR_EVERY_MS : LINE_EVERY_MS)) {
      this.#shownAt = now;
      this.#show();
    }
  }

  /** The last word, always shown. */
  end(): void {
    this.#show();
    if (this.#stream.isTTY) {
      this.#stream.write('\n');
    }
  }

  #show(): void {
    const text = this.#text();
    if (!this.#stream.isTTY) {
      this.#stream.write(`${text}\n`);
      return;
    }
    const columns = (this.#stream.columns || DEFAULT_COLUMNS) - 1;
    const filled = Math.round((this.#done / Math.max(1, this.#total)) * BAR_WIDTH);
    const bar = `[${'='.repeat(filled)}${' '.repeat(Math.max(0, BAR_WIDTH - filled))}] `;
    const line = columns >= bar.length + text.length ? bar + text : text.slice(0, columns);
    this.#stream.write(`\r\u001b[K${line}`);
  }

  #text(): string {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const perSecond = (this.#done - this.#doneBefore) / Math.max(seconds, 0.001);
    const left = this.#total - this.#done;
    return [
      `${count(this.#done)} of ${count(this.#total)}`,
      `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`,
      ...(this.#failed === 0 ? [] : [`${count(this.#failed)} failed`]),
      ...(left > 0 && perSecond > 0 ? [`${duration(left / perSecond)} left`] : []),
    ].join(', ');
  }
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
