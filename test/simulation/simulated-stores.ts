import type { StoreMode } from './schedule.js';
import type { VirtualTime } from './virtual-time.js';

const LATENCY_MS = { works: 0, slow: 150, fails: 20, hangs: 0 } as const;

/** Something of the app that may answer, answer slowly, fail, or never answer. */
abstract class SimulatedStore {
  readonly #clock: VirtualTime;
  #mode: StoreMode = 'works';
  /** The last moment at which it did not answer well. */
  troubledAt = -Infinity;
  /** Whether it has always worked at once. */
  hasAlwaysWorked = true;

  constructor(clock: VirtualTime) {
    this.#clock = clock;
  }

  get mode(): StoreMode {
    return this.#mode;
  }

  set mode(mode: StoreMode) {
    if (this.#mode === 'fails' || this.#mode === 'hangs') {
      this.troubledAt = this.#clock.now;
    }
    this.#mode = mode;
    this.hasAlwaysWorked &&= mode === 'works' || mode === 'slow';
  }

  get isTroubled(): boolean {
    return this.#mode === 'fails' || this.#mode === 'hangs';
  }

  get now(): number {
    return this.#clock.now;
  }

  /** Answers half-way through the time that an answer takes, and hands it over at the end. */
  protected async ask<T>(answer: () => T): Promise<T> {
    const mode = this.#mode;
    if (mode === 'hangs') {
      return new Promise<T>(() => undefined);
    }
    const half = LATENCY_MS[mode] / 2;
    await this.#wait(half);
    if (mode === 'fails') {
      throw new Error('the store cannot be reached');
    }
    const value = answer();
    await this.#wait(half);
    return value;
  }

  #wait(ms: number): Promise<void> {
    return ms === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#clock.setTimeout(() => resolve(), ms).unref();
        });
  }
}

/** The secret store of the app. */
export class SimulatedKeySource extends SimulatedStore {
  /** Since when it has held this key. */
  changedAt = -Infinity;
  #key: string;

  constructor(clock: VirtualTime, key: string) {
    super(clock);
    this.#key = key;
  }

  get key(): string {
    return this.#key;
  }

  rotate(key: string): void {
    this.#key = key;
    this.changedAt = this.now;
  }

  readonly read = (): Promise<string> => this.ask(() => this.#key);
}

interface Window {
  endsAt: number;
  taken: number;
}

/** A limiter with fixed windows, of the shape of rate-limiter-flexible. */
export class SimulatedLimiter extends SimulatedStore {
  readonly points: number;
  readonly duration: number;
  /** Moments at which a point was handed over that no request has used yet, by the key of the store. */
  readonly granted = new Map<string, number[]>();
  readonly #windows = new Map<string, Window>();

  constructor(
    clock: VirtualTime,
    { points, duration }: { readonly points: number; readonly duration: number },
  ) {
    super(clock);
    this.points = points;
    this.duration = duration;
  }

  consume(key: string): Promise<unknown> {
    return this.ask(() => this.#take(key)).then((waitMs) => {
      if (waitMs > 0) {
        // As rate-limiter-flexible does.
        // oxlint-disable-next-line typescript/only-throw-error
        throw { msBeforeNext: waitMs, remainingPoints: 0 };
      }
      this.granted.set(key, [...(this.granted.get(key) ?? []), this.now]);
      return { msBeforeNext: 0, remainingPoints: 1 };
    });
  }

  block(key: string, seconds: number): Promise<unknown> {
    return this.ask(() => {
      this.#windows.set(key, { endsAt: this.now + seconds * 1_000, taken: Infinity });
    });
  }

  #take(key: string): number {
    const known = this.#windows.get(key);
    const window =
      known === undefined || known.endsAt <= this.now
        ? { endsAt: this.now + this.duration * 1_000, taken: 0 }
        : known;
    this.#windows.set(key, window);
    if (window.taken >= this.points) {
      return window.endsAt - this.now;
    }
    window.taken += 1;
    return 0;
  }
}

/** A store of the shape of cache-manager's `Cache`. */
export class SimulatedScoreStore extends SimulatedStore {
  readonly #values = new Map<string, { readonly value: unknown; readonly expiresAt: number }>();

  mget(keys: string[]): Promise<unknown[]> {
    return this.ask(() =>
      keys.map((key) => {
        const entry = this.#values.get(key);
        return entry !== undefined && entry.expiresAt > this.now ? entry.value : undefined;
      }),
    );
  }

  mset(list: { key: string; value: unknown; ttl?: number }[]): Promise<unknown> {
    return this.ask(() => {
      for (const { key, value, ttl = Infinity } of list) {
        this.#values.set(key, { value, expiresAt: this.now + ttl });
      }
    });
  }
}
