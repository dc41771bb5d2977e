import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureOf } from '../../support/rerank-over.js';
import { emulated } from './support/emulated.js';
import { aborted, scoresOf, scripted } from './support/scripted-endpoint.js';
import {
  rerankEach,
  type RerankOutcome,
  type RerankProgress,
} from '../../../lib/rerank/rerank-each.js';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { createError } from '../../../lib/diagnosis/errors.js';
import type { EndSignal } from '../../../lib/transport/call-scope.js';
import type { RerankRequest } from '../../../lib/rerank/rerank.interface.js';

type Request = RerankRequest<string>;
type Outcome = RerankOutcome<string>;

/** A source that tells how far it was read, and whether it was told that nobody reads on. */
class Source implements IterableIterator<Request> {
  pulled = 0;
  returned = 0;
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  next(): IteratorResult<Request, undefined> {
    if (this.pulled === this.#length) {
      return { done: true, value: undefined };
    }
    this.pulled += 1;
    return { done: false, value: requestOf(this.pulled - 1) };
  }

  return(): IteratorResult<Request, undefined> {
    this.returned += 1;
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

function requestOf(number: number): Request {
  return { query: `q${number}`, documents: [`0.${number % 10} a`, '0.5 b'] };
}

function requests(count: number): Request[] {
  return Array.from({ length: count }, (_, number) => requestOf(number));
}

async function* asyncRequests(count: number): AsyncGenerator<Request> {
  for (const request of requests(count)) {
    // oxlint-disable-next-line no-await-in-loop
    await new Promise(setImmediate);
    yield request;
  }
}

function* endless(): Generator<Request> {
  for (;;) {
    yield { query: 'q', documents: [''] };
  }
}

/** One request, and after it neither another nor an end. */
async function* oneThenNothing(): AsyncGenerator<Request> {
  yield requestOf(0);
  await new Promise(() => undefined);
}

function nothing(): void {}

async function all(outcomes: AsyncIterable<Outcome>): Promise<Outcome[]> {
  const list: Outcome[] = [];
  for await (const outcome of outcomes) {
    list.push(outcome);
  }
  return list;
}

function byIndex(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.toSorted((a, b) => a.index - b.index);
}

/** A few turns of the event loop: enough for whatever can go on without an answer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await new Promise(setImmediate);
  }
}

describe('rerankEach hands out one outcome per request', () => {
  it.each([
    ['an array', () => requests(25)],
    ['a set', () => new Set(requests(25))],
    ['an iterator', () => new Source(25)],
    ['an async generator', () => asyncRequests(25)],
  ])('of %s, with its index', async (_, input) => {
    const { emulator, service } = await emulated();
    const outcomes = byIndex(await all(service.rerankEach(input(), { concurrency: 4 })));
    expect(outcomes.map(({ index }) => index)).toEqual(requests(25).map((_request, at) => at));
    for (const { index, response, error } of outcomes) {
      expect(error).toBeUndefined();
      expect(response?.results.map(({ document }) => document).toSorted()).toEqual(
        requestOf(index).documents.toSorted(),
      );
    }
    expect(emulator.requests).toHaveLength(25);
  });

  it('of an empty input: none', async () => {
    const { endpoint, service } = scripted(scoresOf);
    expect(await all(service.rerankEach([]))).toEqual([]);
    expect(endpoint.queries).toEqual([]);
  });

  it('in the order in which they finish', async () => {
    const { service } = scripted(async (query) => {
      if (query.query === 'q0') {
        await settle();
      }
      return scoresOf(query);
    });
    const outcomes = await all(service.rerankEach(requests(3), { concurrency: 3 }));
    expect(outcomes.map(({ index }) => index)).toEqual([1, 2, 0]);
  });

  it('before the source has ended', async () => {
    const { service } = scripted(scoresOf);
    // One at a time: two may finish in any order on a busy machine.
    const iterator = service.rerankEach(new Source(Infinity), { concurrency: 1 });
    expect((await iterator.next()).value).toMatchObject({ index: 0 });
    expect((await iterator.next()).value).toMatchObject({ index: 1 });
    await iterator.return();
  });

  it('with the options of the call for each request', async () => {
    const { emulator, service } = await emulated();
    emulator.fail({ kind: 'status', status: 503 }, { times: Infinity });
    const outcomes = await all(service.rerankEach(requests(2), { maxRetries: 0 }));
    expect(outcomes.map(({ error }) => error?.code)).toEqual([
      'COHERE_UPSTREAM_ERROR',
      'COHERE_UPSTREAM_ERROR',
    ]);
    expect(emulator.requests).toHaveLength(2);
  });

  it('and a deadline for each, not for all', async () => {
    const { service } = scripted(async (query) => {
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      return scoresOf(query);
    });
    const options = { concurrency: 1, timeoutMs: 500 };
    const startedAt = performance.now();
    const outcomes = await all(service.rerankEach(requests(30), options));
    expect(performance.now() - startedAt).toBeGreaterThan(options.timeoutMs);
    expect(outcomes.every(({ error }) => error === undefined)).toBe(true);
  });
});

describe('a request that fails', () => {
  it('does not stop the others, whatever its error', async () => {
    const { emulator, service } = await emulated();
    emulator.fail({ kind: 'status', status: 400 }, { when: isAbout('q1') });
    emulator.fail({ kind: 'html' }, { when: isAbout('q3') });
    const input: Request[] = [...requests(5), { query: ' ', documents: ['a'] }, requestOf(6)];
    const outcomes = byIndex(await all(service.rerankEach(input)));
    expect(outcomes.map(({ error }) => error?.code)).toEqual([
      undefined,
      'COHERE_REQUEST_INVALID',
      undefined,
      'COHERE_BLOCKED',
      undefined,
      'COHERE_REQUEST_INVALID',
      undefined,
    ]);
    for (const { response, error } of outcomes) {
      expect((response === undefined) !== (error === undefined)).toBe(true);
    }
  });
});

describe('onProgress', () => {
  it('is called for each outcome before it is yielded, failed ones included', async () => {
    const { service } = scripted(scoresOf);
    const seen: RerankProgress[] = [];
    const input = [requestOf(0), { query: '', documents: ['a'] }, requestOf(2)];
    let handedOut = 0;
    const onProgress = (progress: RerankProgress) => seen.push(progress);
    for await (const _ of service.rerankEach(input, { concurrency: 1, onProgress })) {
      handedOut += 1;
      expect(seen).toHaveLength(handedOut);
    }
    expect(seen).toEqual([
      { finished: 1, failed: 0 },
      { finished: 2, failed: 1 },
      { finished: 3, failed: 1 },
    ]);
  });

  it('that throws ends the run with what it threw', async () => {
    const { service } = scripted(scoresOf);
    const source = new Source(100);
    const oops = new Error('oops');
    const onProgress = () => {
      throw oops;
    };
    expect(await failureOf(all(service.rerankEach(source, { onProgress })))).toBe(oops);
    expect(source.returned).toBe(1);
  });
});

describe('back-pressure', () => {
  it('reads nothing before the consumer iterates', async () => {
    const source = new Source(10);
    const { service } = scripted(scoresOf);
    service.rerankEach(source);
    await settle();
    expect(source.pulled).toBe(0);
  });

  it.each([1, 4])('reads no further than %i ahead of the consumer', async (concurrency) => {
    const source = new Source(100);
    const { endpoint, service } = scripted(scoresOf);
    let taken = 0;
    for await (const outcome of service.rerankEach(source, { concurrency })) {
      taken += outcome.error === undefined ? 1 : 0;
      if (taken <= 20) {
        await settle();
      }
      expect(source.pulled).toBeLessThanOrEqual(taken + concurrency);
    }
    expect(taken).toBe(100);
    expect(endpoint.mostInFlight).toBe(concurrency);
  });

  it("uses the module's concurrency by default", async () => {
    const { endpoint, service } = scripted(
      async (query) => {
        await new Promise(setImmediate);
        return scoresOf(query);
      },
      { concurrency: 3 },
    );
    await all(service.rerankEach(requests(20)));
    expect(endpoint.mostInFlight).toBe(3);
    const source = new Source(20);
    const iterator = service.rerankEach(source);
    await iterator.next();
    await settle();
    expect(source.pulled).toBe(4);
    await iterator.return();
  });
});

describe('a consumer that stops', () => {
  it('closes the source once, and ends the requests in flight', async () => {
    const signals: EndSignal[] = [];
    const { endpoint, service } = scripted(async (query, { signal }) => {
      if (query.query !== 'q0') {
        signals.push(signal);
        await aborted(signal);
        throw signal.reason;
      }
      return scoresOf(query);
    });
    const source = new Source(100);
    for await (const { index } of service.rerankEach(source, { concurrency: 3 })) {
      expect(index).toBe(0);
      break;
    }
    expect(source.returned).toBe(1);
    expect(source.pulled).toBeLessThanOrEqual(4);
    await vi.waitFor(() => expect(endpoint.inFlight).toBe(0));
    expect(signals.length).toBeGreaterThan(0);
    expect(signals.every((signal) => signal.aborted)).toBe(true);
  });

  it('runs the finally of a generator', async () => {
    const { service } = scripted(scoresOf);
    const closed = vi.fn<() => void>();
    async function* source() {
      try {
        yield* requests(100);
      } finally {
        closed();
      }
    }
    for await (const _ of service.rerankEach(source())) {
      break;
    }
    // A read that is under way ends first.
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
  });

  it('does not wait for a hanging source', async () => {
    const { service } = scripted(scoresOf);
    for await (const { index } of service.rerankEach(oneThenNothing())) {
      expect(index).toBe(0);
      break;
    }
  });

  it('does not close the source after reading to its end', async () => {
    const { service } = scripted(scoresOf);
    const source = new Source(10);
    await all(service.rerankEach(source));
    expect(source.returned).toBe(0);
  });
});

describe('abort', () => {
  it("ends the run with the signal's own reason, and leaves no listener", async () => {
    const controller = new AbortController();
    const { endpoint, service } = scripted(async (_, { signal }) => {
      await aborted(signal);
      throw signal.reason;
    });
    const source = new Source(100);
    const run = all(service.rerankEach(source, { signal: controller.signal, concurrency: 3 }));
    await vi.waitFor(() => expect(endpoint.inFlight).toBe(3));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await failureOf(run)).toBe(reason);
    expect(source.returned).toBe(1);
    expect(source.pulled).toBe(3);
    await vi.waitFor(() => expect(endpoint.inFlight).toBe(0));
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('that never comes leaves no listener either', async () => {
    const { service } = scripted(scoresOf);
    const { signal } = new AbortController();
    await all(service.rerankEach(requests(5), { signal }));
    for await (const _ of service.rerankEach(requests(5), { signal })) {
      break;
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('before the start reads and sends nothing', async () => {
    const { endpoint, service } = scripted(scoresOf);
    const source = new Source(10);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    expect(await failureOf(all(service.rerankEach(source, { signal })))).toBe(reason);
    expect(source.pulled).toBe(0);
    expect(endpoint.queries).toEqual([]);
  });

  it('between two outcomes ends it at the next', async () => {
    const { service } = scripted(scoresOf);
    const controller = new AbortController();
    const iterator = service.rerankEach(new Source(10), { signal: controller.signal });
    await iterator.next();
    controller.abort('enough');
    expect(await failureOf(iterator.next())).toBe('enough');
    expect((await iterator.next()).done).toBe(true);
  });

  it('while the source hangs ends the run', async () => {
    const { service } = scripted(scoresOf);
    const controller = new AbortController();
    const iterator = service.rerankEach(oneThenNothing(), { signal: controller.signal });
    await iterator.next();
    const next = iterator.next();
    await settle();
    controller.abort('enough');
    expect(await failureOf(next)).toBe('enough');
  });
});

describe('a source that throws', () => {
  const broken = new Error('the cursor was closed');

  it('ends the run with what it threw, when what was in flight has been handed out', async () => {
    const { service } = scripted(async (query) => {
      await settle();
      return scoresOf(query);
    });
    async function* source() {
      yield requestOf(0);
      yield requestOf(1);
      throw broken;
    }
    const seen: number[] = [];
    const run = async () => {
      for await (const { index, response } of service.rerankEach(source(), { concurrency: 5 })) {
        expect(response).toBeDefined();
        seen.push(index);
      }
    };
    expect(await failureOf(run())).toBe(broken);
    expect(seen).toEqual([0, 1]);
  });

  it.each([0, 1, 5])('is distinguished from one that ended, after %i requests', async (count) => {
    const { service } = scripted(scoresOf);
    function* source() {
      yield* requests(count);
      throw broken;
    }
    expect(await failureOf(all(service.rerankEach(source(), { concurrency: 1 })))).toBe(broken);
  });

  it.each([5, 'done', true, undefined, null, () => undefined])(
    'or whose next() returns no object (%s) ends the run',
    async (result) => {
      const { service } = scripted(scoresOf);
      const source = { [Symbol.iterator]: () => ({ next: () => result }) };
      // @ts-expect-error: the types allow no such input, which JavaScript does.
      const run = service.rerankEach(source);
      expect(await failureOf(run.next())).toBeInstanceOf(TypeError);
    },
  );

  it('has its good requests answered first, when they come one at a time', async () => {
    const { service } = scripted(scoresOf);
    function* source() {
      yield* requests(3);
      throw broken;
    }
    const seen: number[] = [];
    const run = async () => {
      for await (const { index } of service.rerankEach(source(), { concurrency: 1 })) {
        seen.push(index);
      }
    };
    expect(await failureOf(run())).toBe(broken);
    expect(seen).toEqual([0, 1, 2]);
  });
});

describe('a key that is refused midway', () => {
  it('ends the run when what was answered before it has been handed out', async () => {
    const refused = createError(createDiagnosis('COHERE_API_KEY_REJECTED', { detail: 'revoked' }));
    const source = new Source(100);
    const outcomes = rerankEach(source, {
      ...quietRun,
      concurrency: 3,
      endsRun: (error) => error === refused,
      rerank: async ({ query }) => {
        if (query === requestOf(2).query) {
          throw refused;
        }
        if (query === requestOf(1).query) {
          await settle();
        }
        return rankedNothing;
      },
    });
    const seen: number[] = [];
    const run = async () => {
      for await (const { index } of outcomes) {
        seen.push(index);
        await settle();
      }
    };

    expect(await failureOf(run())).toBe(refused);
    expect(new Set(seen)).toEqual(new Set([0, 1, 3]));
    expect(source.pulled).toBe(4);
    expect(source.returned).toBe(1);
  });
});

const quietRun = {
  onProgress: undefined,
  closing: new AbortController().signal,
  pause: () => Promise.resolve(),
  endsRun: () => false,
  onAbort: () => () => undefined,
};

const rankedNothing = {
  results: [],
  model: 'm',
  ids: [],
  usage: { requests: 1, retries: 0 },
  warnings: [],
};

describe('a rate limit', () => {
  it('pauses the whole run until it lifts; then one request goes first, and each has its outcome', async () => {
    const limited = createError(createDiagnosis('COHERE_RATE_LIMITED', { detail: '' }), 30_000);
    const pauses: number[] = [];
    let lift = nothing;
    let isLimited = true;
    let inFlight = 0;
    let sent = 0;
    const mostInFlight: number[] = [0];
    const outcomes = rerankEach(new Source(40), {
      ...quietRun,
      concurrency: 4,
      closing: new AbortController().signal,
      pause: (milliseconds) => {
        pauses.push(milliseconds);
        mostInFlight.push(0);
        return new Promise((resolve) => {
          lift = () => {
            time += milliseconds;
            resolve();
          };
        });
      },
      rerank: async () => {
        sent += 1;
        inFlight += 1;
        mostInFlight.push(Math.max(mostInFlight.pop() ?? 0, inFlight));
        await new Promise(setImmediate);
        inFlight -= 1;
        if (isLimited && sent > 5) {
          throw limited;
        }
        return rankedNothing;
      },
    });
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => time);
    onTestFinished(() => void vi.restoreAllMocks());
    const finished = all(outcomes);
    await settle();
    const sentBefore = sent;
    await settle();
    expect(sent).toBe(sentBefore);
    expect(sentBefore).toBeLessThan(5 + 2 * 4);
    lift();
    await settle();
    expect(sent).toBe(sentBefore + 1);
    isLimited = false;
    lift();
    const indices = byIndex(await finished).map(({ index }) => index);
    expect(indices).toEqual(requests(40).map((_, at) => at));
    expect(pauses).toEqual([30_000, 30_000]);
    expect(mostInFlight).toEqual([4, 1, 4]);
  });

  it('that is said to last no time at all still pauses the run', async () => {
    const limited = createError(createDiagnosis('COHERE_RATE_LIMITED', { detail: '' }), 0);
    const pauses: number[] = [];
    let sent = 0;
    const outcomes = rerankEach(requests(2), {
      ...quietRun,
      concurrency: 1,
      pause: (milliseconds) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
      rerank: () => {
        sent += 1;
        return sent < 4 ? Promise.reject(limited) : Promise.resolve(rankedNothing);
      },
    });
    const now = vi.spyOn(performance, 'now');
    now.mockImplementation(() => pauses.reduce((sum, pause) => sum + pause, 0));
    onTestFinished(() => void vi.restoreAllMocks());
    await all(outcomes);
    expect(pauses).toEqual([100, 100, 100]);
  });

  it('does not count as lifted because an earlier request succeeds', async () => {
    const limited = createError(createDiagnosis('COHERE_RATE_LIMITED', { detail: '' }), 1_000);
    let release = nothing;
    let sent = 0;
    const finished = all(
      rerankEach(requests(9), {
        ...quietRun,
        concurrency: 3,
        closing: new AbortController().signal,
        pause: () => new Promise(setImmediate),
        rerank: ({ query }) => {
          sent += 1;
          if (query === requestOf(0).query) {
            return new Promise((resolve) => {
              release = () => resolve(rankedNothing);
            });
          }
          return sent <= 3 ? Promise.reject(limited) : settle().then(() => rankedNothing);
        },
      }),
    );
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (time += 1_000));
    onTestFinished(() => void vi.restoreAllMocks());
    await settle();
    expect(sent).toBe(3);
    release();
    await new Promise(setImmediate);
    expect(sent).toBe(4);
    expect(await finished).toHaveLength(9);
  });

  it.each([
    ['a day', 86_400_000, [300_000, 300_000]],
    ['a time that Cohere does not tell', undefined, [1_000, 2_000, 4_000]],
  ])('of %s pauses it for five minutes at a time at most', async (_, retryAfterMs, expected) => {
    const limited = createError(
      createDiagnosis('COHERE_RATE_LIMITED', { detail: '' }),
      retryAfterMs,
    );
    const pauses: number[] = [];
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => time);
    onTestFinished(() => void vi.restoreAllMocks());
    const outcomes = rerankEach(requests(1), {
      ...quietRun,
      concurrency: 1,
      closing: new AbortController().signal,
      pause: (milliseconds) => {
        pauses.push(milliseconds);
        time += milliseconds;
        return Promise.resolve();
      },
      rerank: () =>
        pauses.length < expected.length ? Promise.reject(limited) : Promise.resolve(rankedNothing),
    });
    expect(await all(outcomes)).toEqual([{ index: 0, response: rankedNothing }]);
    expect(pauses).toEqual(expected);
  });

  it('of Cohere is waited for, and the request sent again', async () => {
    const { emulator, service } = await emulated();
    const fault = { kind: 'status', status: 429, retryAfter: '0.4' } as const;
    emulator.fail(fault, { when: isAbout('q2'), times: 1 });
    const outcomes = await all(service.rerankEach(requests(6), { maxRetries: 0, timeoutMs: 300 }));
    expect(outcomes).toHaveLength(6);
    expect(outcomes.every(({ error }) => error === undefined)).toBe(true);
  });

  it('does not delay an abort', async () => {
    const { emulator, service } = await emulated();
    emulator.fail({ kind: 'status', status: 429, retryAfter: '120' }, { times: Infinity });
    const controller = new AbortController();
    const run = failureOf(
      all(service.rerankEach(new Source(Infinity), { signal: controller.signal })),
    );
    await vi.waitFor(() => expect(emulator.requests).not.toHaveLength(0));
    await settle();
    const sent = emulator.requests.length;
    controller.abort('enough');
    expect(await run).toBe('enough');
    expect(emulator.requests).toHaveLength(sent);
  });
});

describe('the end of the app', () => {
  it('ends a run with a retryable error, and reads an endless input no further', async () => {
    const { emulator, service, transport } = await emulated();
    const source = new Source(Infinity);
    const seen: Outcome[] = [];
    const run = async () => {
      for await (const outcome of service.rerankEach(source, { concurrency: 4 })) {
        seen.push(outcome);
        if (seen.length === 20) {
          void transport.close();
        }
      }
    };
    expect(await failureOf(run())).toMatchObject({
      code: 'COHERE_UNREACHABLE',
      diagnosis: { retryable: true },
    });
    expect(source.pulled).toBeLessThanOrEqual(seen.length + 4);
    expect(seen.every(({ error }) => error === undefined)).toBe(true);
    expect(source.returned).toBe(1);
    expect(emulator.requests.length).toBeLessThanOrEqual(seen.length + 4);
  });

  it('starts no further request once it is announced, and hands out those that are in flight', async () => {
    const { emulator, service, transport } = await emulated();
    const source = new Source(Infinity);
    const seen: Outcome[] = [];
    const run = async () => {
      for await (const outcome of service.rerankEach(source, { concurrency: 4 })) {
        seen.push(outcome);
        if (seen.length === 20) {
          transport.calls.beginClose();
        }
      }
    };
    expect(await failureOf(run())).toMatchObject({
      code: 'COHERE_UNREACHABLE',
      diagnosis: { retryable: true },
    });
    expect(source.pulled).toBe(seen.length);
    expect(emulator.requests).toHaveLength(seen.length);
    expect(seen.every(({ error }) => error === undefined)).toBe(true);
  });

  it('ends a run that waits for a rate limit as soon as it is announced', async () => {
    const { emulator, service, transport } = await emulated();
    emulator.fail({ kind: 'status', status: 429, retryAfter: '120' }, { times: Infinity });
    const run = failureOf(all(service.rerankEach(requests(3), { maxRetries: 0 })));
    await vi.waitFor(() => expect(emulator.requests).not.toHaveLength(0));
    await settle();
    transport.calls.beginClose();
    expect(await run).toMatchObject({ diagnosis: { retryable: true } });
  });

  it('ends a run that waits for a rate limit', async () => {
    const { emulator, service, transport } = await emulated();
    emulator.fail({ kind: 'status', status: 429, retryAfter: '120' }, { times: Infinity });
    const run = failureOf(all(service.rerankEach(requests(3), { maxRetries: 0 })));
    await vi.waitFor(() => expect(emulator.requests).not.toHaveLength(0));
    await settle();
    await transport.close();
    expect(await run).toMatchObject({ diagnosis: { retryable: true } });
  });
});

describe('a faulty input', () => {
  it.each([
    ['never settles', () => new Promise<never>(() => undefined)],
    ['rejects', () => Promise.reject(new Error('of the input'))],
    [
      'throws',
      () => {
        throw new Error('of the input');
      },
    ],
  ])('where its return() %s neither holds nor replaces the reason of an abort', async (_, end) => {
    const { service } = scripted(scoresOf);
    const controller = new AbortController();
    const input = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: requestOf(0) } as const),
        return: end,
      }),
    };
    const run = async () => {
      for await (const { index } of service.rerankEach(input, { signal: controller.signal })) {
        if (index === 2) {
          controller.abort('enough');
        }
      }
    };
    expect(await failureOf(run())).toBe('enough');
  });

  it('with a request whose getter throws has that as its outcome, not quoted', async () => {
    const { service } = scripted(scoresOf);
    const broken = {
      documents: ['0.5'],
      get query(): string {
        throw new Error('secret text');
      },
    };
    const outcomes = byIndex(await all(service.rerankEach([requestOf(0), broken, requestOf(2)])));
    expect(outcomes.map(({ error }) => error?.code)).toEqual([
      undefined,
      'COHERE_REQUEST_INVALID',
      undefined,
    ]);
    expect(JSON.stringify(outcomes[1]?.error)).not.toContain('secret text');
  });

  it('without any I/O does not block the event loop, so that the run can be aborted', async () => {
    const { service } = scripted(scoresOf);
    const controller = new AbortController();
    setImmediate(() => controller.abort('enough'));
    const run = async () => {
      for await (const { error } of service.rerankEach(endless(), { signal: controller.signal })) {
        expectNone(error);
      }
    };
    expect(await failureOf(run())).toBe('enough');
  });
});

describe('many runs over one signal', () => {
  it('add one listener to it, without a warning of Node', async () => {
    const { service } = scripted(scoresOf);
    const { signal } = new AbortController();
    const runs = Array.from({ length: 20 }, () => service.rerankEach(new Source(9), { signal }));
    await Promise.all(runs.map((run) => run.next()));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await Promise.all(runs.map((run) => run.return()));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

it('a run keeps no response that it has handed out', async () => {
  const { endpoint, service } = scripted(scoresOf);
  const collectGarbage = garbageCollector();
  const responses: WeakRef<object>[] = [];
  let kept = Infinity;
  for await (const { response } of service.rerankEach(new Source(1_000), { concurrency: 16 })) {
    endpoint.queries.splice(0);
    responses.push(new WeakRef(response ?? {}));
    if (responses.length === 900) {
      // A reference keeps its target to the end of the turn.
      await new Promise(setImmediate);
      collectGarbage();
      kept = responses.filter((reference) => reference.deref() !== undefined).length;
    }
  }
  expect(responses).toHaveLength(1_000);
  expect(kept).toBeLessThan(50);
});

function isAbout(query: string): (request: { readonly body: unknown }) => boolean {
  return ({ body }) => JSON.stringify(body).includes(`"${query}"`);
}

/** A plain comparison: a matcher costs more than the run. */
function expectNone(error: unknown): void {
  if (error !== undefined) {
    throw error;
  }
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') {
    throw new TypeError('this Node cannot be told to collect garbage');
  }
  return () => void collect();
}
