import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const realSetImmediate = globalThis.setImmediate;
/** Virtual milliseconds at which a simulation begins, since the start of the process. */
const START = 1_000_000;
/** The same moment, since 1970. */
const START_DATE = Date.UTC(2026, 10, 28);
/** Node fires a timer with a longer delay at once. */
const MAX_DELAY = 2 ** 31 - 1;
const promisify = Symbol.for('nodejs.util.promisify.custom');

type Callback = (...args: unknown[]) => void;

interface PauseOptions {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

/** A timer of the virtual clock, with the methods of Node's. */
class VirtualTimer {
  isRef = true;
  /** In the order in which timers were set; a timer that is set again gets a new one. */
  order = 0;
  at = 0;

  constructor(
    readonly clock: VirtualTime,
    readonly delay: number,
    readonly repeats: boolean,
    readonly run: () => void,
    /** Where it was set, for a report of what was left. */
    readonly origin: string,
  ) {}

  ref(): this {
    this.isRef = true;
    return this;
  }

  unref(): this {
    this.isRef = false;
    return this;
  }

  hasRef(): boolean {
    return this.isRef;
  }

  refresh(): this {
    this.clock.schedule(this);
    return this;
  }

  close(): this {
    this.clock.cancel(this);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.order;
  }

  [Symbol.dispose](): void {
    this.clock.cancel(this);
  }
}

/**
 * Time that passes only when the simulation says so. While it is installed, every clock, timer, immediate and random
 * number of the process is its own: those of the global scope, of `node:timers` and of `node:timers/promises`.
 * Between two events all microtasks run, as in Node.
 */
export class VirtualTime {
  now = START;
  /** Milliseconds that timers were late, since the process was held up; newest last. */
  readonly stalls: { readonly at: number; readonly ms: number }[] = [];
  readonly #random: () => number;
  readonly #isTraced: boolean;
  readonly #timers = new Set<VirtualTimer>();
  #immediates = new Set<{ readonly run: () => void }>();
  #order = 0;
  readonly #restore: (() => void)[] = [];

  /** @param isTraced whether it is remembered where each timer was set */
  constructor(random: () => number, isTraced: boolean) {
    this.#random = random;
    this.#isTraced = isTraced;
  }

  /** Milliseconds since the simulation began. */
  get elapsed(): number {
    return this.now - START;
  }

  /** Timers that are set, and where each was set. */
  get pending(): readonly {
    readonly origin: string;
    readonly isRef: boolean;
    readonly in: number;
  }[] {
    return [...this.#timers].map(({ origin, isRef, at }) => ({ origin, isRef, in: at - this.now }));
  }

  setTimeout(callback: Callback, delay?: number, ...args: unknown[]): VirtualTimer {
    return this.#set(() => callback(...args), delay, false);
  }

  setImmediate(callback: Callback, ...args: unknown[]): object {
    const immediate = {
      run: () => callback(...args),
      ref: () => immediate,
      unref: () => immediate,
      hasRef: () => true,
      [Symbol.dispose]: () => this.#immediates.delete(immediate),
    };
    this.#immediates.add(immediate);
    return immediate;
  }

  schedule(timer: VirtualTimer): void {
    this.#order += 1;
    timer.order = this.#order;
    timer.at = this.now + timer.delay;
    this.#timers.add(timer);
  }

  cancel(timer: unknown): void {
    if (timer instanceof VirtualTimer) {
      this.#timers.delete(timer);
    }
  }

  /** The process is held up: time passes, and no timer fires meanwhile. */
  stall(ms: number): void {
    this.stalls.push({ at: this.now, ms });
    this.now += ms;
  }

  /**
   * Runs what is due next: a timer whose time has come, else all immediates, else the earliest timer, to which the
   * clock moves on.
   *
   * @returns false when there is nothing to run before `until`
   */
  async step(until = Infinity): Promise<boolean> {
    await microtasks();
    const timer = this.#earliest();
    if (this.#immediates.size > 0 && (timer === undefined || timer.at > this.now)) {
      const due = this.#immediates;
      this.#immediates = new Set();
      for (const immediate of due) {
        immediate.run();
        // Node runs the microtasks of one before the next.
        // oxlint-disable-next-line no-await-in-loop
        await microtasks();
      }
      return true;
    }
    if (timer === undefined || timer.at > until) {
      return false;
    }
    this.now = Math.max(this.now, timer.at);
    if (timer.repeats) {
      this.schedule(timer);
    } else {
      this.#timers.delete(timer);
    }
    timer.run();
    await microtasks();
    return true;
  }

  install(): void {
    if (!this.#isTraced) {
      // Half of the time of a simulation would go into stacks that are not looked at.
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 0;
      this.#restore.push(() => {
        Error.stackTraceLimit = stackTraceLimit;
      });
    }
    const today = () => START_DATE + Math.floor(this.elapsed);
    const set = this.setTimeout.bind(this);
    const immediate = this.setImmediate.bind(this);
    const cancel = this.cancel.bind(this);
    const cancelImmediate = (one: { readonly run: () => void }) => this.#immediates.delete(one);
    const interval = (callback: Callback, delay?: number, ...args: unknown[]) =>
      this.#set(() => callback(...args), delay, true);
    const pause = <T>(delay?: number, value?: T, options?: PauseOptions) =>
      this.#pause(delay, value, options);
    const turn = <T>(value?: T) =>
      new Promise<T | undefined>((resolve) => immediate(() => resolve(value)));
    Object.assign(set, { [promisify]: pause });
    Object.assign(immediate, { [promisify]: turn });
    const RealDate = Date;
    class VirtualDate extends RealDate {
      constructor(...args: [] | [number | string | Date]) {
        if (args.length === 0) {
          super(VirtualDate.now());
        } else {
          super(...args);
        }
      }

      static override now(): number {
        return today();
      }
    }
    const timers = {
      setTimeout: set,
      clearTimeout: cancel,
      setInterval: interval,
      clearInterval: cancel,
      setImmediate: immediate,
      clearImmediate: cancelImmediate,
    };
    this.#patch(globalThis, { ...timers, Date: VirtualDate });
    this.#patch(require('node:timers'), timers);
    this.#patch(require('node:timers/promises'), { setTimeout: pause, setImmediate: turn });
    this.#patch(Math, { random: this.#random });
    this.#patch(performance, { now: () => this.now });
    this.#patch(AbortSignal, {
      timeout: (delay: number) => {
        const controller = new AbortController();
        const reason = new DOMException('The operation timed out.', 'TimeoutError');
        set(() => controller.abort(reason), delay).unref();
        return controller.signal;
      },
    });
    syncBuiltinESMExports();
  }

  uninstall(): void {
    for (const restore of this.#restore.splice(0).toReversed()) {
      restore();
    }
    syncBuiltinESMExports();
  }

  #pause<T>(delay?: number, value?: T, options?: PauseOptions): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      const abort = () => {
        this.cancel(timer);
        reject(signal?.reason);
      };
      const timer = this.setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, delay);
      if (options?.ref === false) {
        timer.unref();
      }
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted === true) {
        abort();
      }
    });
  }

  #set(run: () => void, delay = 1, repeats: boolean): VirtualTimer {
    const ms = delay >= 1 && delay <= MAX_DELAY ? Math.trunc(delay) : 1;
    const timer = new VirtualTimer(this, ms, repeats, run, this.#isTraced ? callerOf() : '');
    this.schedule(timer);
    return timer;
  }

  #patch(target: object, replacements: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(replacements)) {
      const before = Object.getOwnPropertyDescriptor(target, name);
      Object.defineProperty(target, name, { value, configurable: true, writable: true });
      this.#restore.push(() => {
        if (before === undefined) {
          Reflect.deleteProperty(target, name);
        } else {
          Object.defineProperty(target, name, before);
        }
      });
    }
  }

  /** There are never so many that a heap would be faster. */
  #earliest(): VirtualTimer | undefined {
    let earliest: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (
        earliest === undefined ||
        timer.at < earliest.at ||
        (timer.at === earliest.at && timer.order < earliest.order)
      ) {
        earliest = timer;
      }
    }
    return earliest;
  }
}

/** The line outside this file that set a timer. */
function callerOf(): string {
  const stack = new Error().stack?.split('\n').slice(2) ?? [];
  return (
    stack
      .find((line) => !line.includes('virtual-time'))
      ?.trim()
      .replace(/^/, ', set ') ?? ''
  );
}

/** Runs every microtask and `process.nextTick` callback that is waiting, and those that they add. */
export function microtasks(): Promise<void> {
  return new Promise((resolve) => {
    realSetImmediate(resolve);
  });
}
