import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CohereClientV2 } from 'cohere-ai';
import { array, asyncProperty, assert as fcAssert, integer } from 'fast-check';
import type { Dispatcher } from 'undici';
import { Agent as Agent6 } from 'undici-6';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CheckedKeySource } from '../../lib/config/api-key/create-key-source.js';
import { functionKeySource } from '../../lib/config/api-key/function-key.source.js';
import { Secret } from '../../lib/config/api-key/secret.js';
import {
  AuthenticationError,
  InvalidRequestError,
  QuotaError,
  TimeoutError,
} from '../../lib/diagnosis/errors.js';
import { answeredBy, COHERE_URL } from '../support/cohere-host.js';
import type { RerankRequest } from '../../lib/rerank/rerank.interface.js';
import { rerankProof } from '../../lib/rerank/rerank-proof.js';
import { ApiKeyService } from '../../lib/transport/api-key.service.js';
import { createCohereClient } from '../../lib/transport/client/cohere-client.factory.js';
import { toJson } from '../../lib/transport/cohere-transport.js';
import { ConcurrencyLimit } from '../../lib/transport/concurrency-limit.js';
import type { RerankEndpoint } from '../../lib/rerank/rerank-endpoint.js';
import {
  failureOf,
  HangingKeySource,
  rerankOver,
  type RerankRig,
  settingsFor,
} from '../support/rerank-over.js';
import {
  type Answer,
  hang,
  json,
  ranking,
  StubCohere,
  unauthorized,
} from '../support/stub-cohere.js';
import { RerankService } from '../../lib/rerank/rerank.service.js';
import { KEY, keyNumber } from '../support/keys.js';

const REQUEST = { query: 'q', documents: ['a', 'b'] };
const CHAT = { model: 'command', messages: [{ role: 'user' as const, content: 'hi' }] };
const NEXT = keyNumber('n');
const valid = json(200, { valid: true });
const invalid = json(200, { valid: false });

afterEach(() => {
  vi.restoreAllMocks();
});

function clientOf({ transport, keys }: RerankRig): Promise<CohereClientV2> {
  return createCohereClient(transport, keys, settingsFor(transport.baseUrl, { maxRetries: 0 }));
}

/** Answers as Cohere, but the first attempt of every tenth request with a 401 that means nothing. */
function spurious(): Answer {
  const seen = new Set<string>();
  return (request, response) => {
    const isFirst = seen.size < seen.add(request.body).size;
    (isFirst && seen.size % 10 === 0 ? unauthorized : ranking())(request, response);
  };
}

describe('a spurious 401', () => {
  it('costs a batch none of its requests', async () => {
    const stub = await StubCohere.start(spurious());
    stub.keyCheck = valid;
    const { service } = rerankOver(stub.url);
    const requests = Array.from({ length: 300 }, (_, index) => ({
      ...REQUEST,
      query: `q${index}`,
    }));
    let failed = 0;
    for await (const { error } of service.rerankEach(requests)) {
      failed += error === undefined ? 0 : 1;
    }
    expect(failed).toBe(0);
    expect(stub.keyChecks.length).toBeGreaterThan(0);
  });

  it('on the chat of the injected client does not stop rerank', async () => {
    const stub = await StubCohere.start((request, response) => {
      (request.path === '/v2/chat' ? unauthorized : ranking())(request, response);
    });
    stub.keyCheck = valid;
    const rig = rerankOver(stub.url);
    const client = await clientOf(rig);
    expect(await failureOf(client.chat(CHAT))).toMatchObject({ statusCode: 401 });
    expect((await rig.service.rerank(REQUEST)).results).toHaveLength(2);
  });
});

describe('a confirmed refusal', () => {
  it('is cleared by any 2xx with that key, from whichever client', async () => {
    const held: (() => void)[] = [];
    const hold: Answer = (request, response) => {
      held.push(() => json(200, {})(request, response));
    };
    const stub = await StubCohere.start(hold, unauthorized, ranking());
    stub.keyCheck = invalid;
    const rig = rerankOver(COHERE_URL, { dispatcher: answeredBy(stub.url) });
    const client = await clientOf(rig);
    const fetching = client.fetch('/v1/models');
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    await failureOf(rig.service.rerank(REQUEST));
    expect(await failureOf(rig.service.rerank(REQUEST))).toBeInstanceOf(AuthenticationError);
    held[0]?.();
    expect((await fetching).status).toBe(200);
    expect((await rig.service.rerank(REQUEST)).results).toHaveLength(2);
  });

  it('becomes a 401 of the SDK in the injected client, which sends nothing', async () => {
    const stub = await StubCohere.start(unauthorized);
    stub.keyCheck = invalid;
    const rig = rerankOver(COHERE_URL, { dispatcher: answeredBy(stub.url) });
    const client = await clientOf(rig);
    await failureOf(rig.service.rerank(REQUEST));
    expect(await failureOf(client.chat(CHAT))).toMatchObject({ statusCode: 401 });
    expect(stub.requests).toHaveLength(1);
  });

  it.each([
    ['the key is refused', unauthorized, AuthenticationError],
    [
      'the month is used up',
      json(429, { message: 'limited to 1000 API calls / month' }),
      QuotaError,
    ],
    [
      'the account has no payment method',
      json(402, { message: 'update your payment method' }),
      QuotaError,
    ],
  ])('ends rerankEach before more input is consumed: %s', async (_, answer, ErrorClass) => {
    const stub = await StubCohere.start(answer);
    stub.keyCheck = invalid;
    const { service } = rerankOver(stub.url, { concurrency: 4 });
    let taken = 0;
    const input = function* source() {
      for (; taken < 20_000; taken += 1) {
        yield REQUEST;
      }
    };
    const run = async () => {
      for await (const { error } of service.rerankEach(input())) {
        expect(error).toBeDefined();
      }
    };
    expect(await failureOf(run())).toBeInstanceOf(ErrorClass);
    expect(taken).toBeLessThan(20);
  });
});

describe('a function that gives the key', () => {
  it('may lag behind Cohere for a moment: no call is lost', async () => {
    let key = KEY;
    const stub = await StubCohere.start((request, response) => {
      const isNew = request.headers.authorization === `Bearer ${NEXT}`;
      (isNew ? ranking() : unauthorized)(request, response);
    });
    stub.keyCheck = (request, response) => {
      invalid(request, response);
      setTimeout(() => {
        key = NEXT;
      }, 100);
    };
    const settings = settingsFor(stub.url);
    const { transport } = rerankOver(stub.url);
    const source = new CheckedKeySource(functionKeySource(() => key));
    const proof = rerankProof(settings);
    const apiKey = new ApiKeyService({ transport, source, key: new Secret(KEY), proof });
    const service = new RerankService({ settings, transport, apiKey });
    const calls = Array.from({ length: 20 }, () => service.rerank(REQUEST));
    expect(await Promise.all(calls)).toHaveLength(20);
    expect(stub.keyChecks).toHaveLength(1);
  });
});

const settle = () => new Promise(setImmediate);

/** Ranks by the number that a text begins with, after some turns of the event loop. */
const slow: RerankEndpoint = {
  rerank: async ({ documents }) => {
    await settle();
    await settle();
    return {
      results: documents.map((text, index) => ({ index, relevance_score: Number(text) / 1_000 })),
    };
  },
};

describe("the caller's array", () => {
  it('may change at any moment of the call; every score stays with its document', async () => {
    const { service } = rerankOver('http://cohere.test', {
      endpoint: slow,
      maxDocumentsPerRequest: 7,
    });
    const numbers = array(integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 40 });
    const property = asyncProperty(numbers, integer({ min: 0, max: 5 }), async (sent, turns) => {
      const documents = sent.map((number) => ({ number }));
      const request = { query: 'q', documents, toText: toNumber, topN: sent.length };
      const call = service.rerank(request);
      for (let turn = 0; turn < turns; turn += 1) {
        // oxlint-disable-next-line no-await-in-loop
        await settle();
      }
      documents.reverse();
      documents.push({ number: 1_000 });
      documents.splice(0, 1);
      request.topN = 1;
      const { results } = await call;
      expect(results).toHaveLength(sent.length);
      for (const { document, index, relevanceScore } of results) {
        expect(document.number).toBe(sent[index]);
        expect(relevanceScore).toBe(document.number / 1_000);
      }
    });
    await fcAssert(property, { numRuns: 60 });
  });
});

function toNumber({ number }: { readonly number: number }): string {
  return String(number);
}

/** The longest work, in CPU time, between two turns of the event loop. */
async function longestSliceMs(run: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isRunning = true;
  let last = process.cpuUsage();
  const watch = () => {
    const { user } = process.cpuUsage(last);
    longest = Math.max(longest, user / 1_000);
    last = process.cpuUsage();
    if (isRunning) {
      setImmediate(watch);
    }
  };
  await settle();
  last = process.cpuUsage();
  setImmediate(watch);
  await run();
  isRunning = false;
  await settle();
  return longest;
}

/** A slice is 10 ms; the rest is for collecting garbage, which counts in CPU time. */
const MAX_SLICE_MS = 120;

function* endless(): Generator<RerankRequest<string>> {
  for (;;) {
    yield { query: 'q', documents: [] };
  }
}

function failingProgress(): unknown {
  return Promise.reject(new Error('the log is full'));
}

describe('the event loop is not blocked', () => {
  const nothing = { query: 'q', documents: [] };

  it('while rerankEach runs calls without I/O', async () => {
    const { service } = rerankOver('http://cohere.test');
    const requests = Array.from({ length: 20_000 }, () => nothing);
    const longest = await longestSliceMs(async () => {
      for await (const outcome of service.rerankEach(requests)) {
        expect(outcome.error).toBeUndefined();
      }
    });
    expect(longest).toBeLessThan(MAX_SLICE_MS);
  });

  it('so that such a run can be aborted', async () => {
    const { service } = rerankOver('http://cohere.test');
    const controller = new AbortController();
    setTimeout(() => controller.abort('enough'), 5);
    let late = 0;
    const run = async () => {
      for await (const _ of service.rerankEach(endless(), { signal: controller.signal })) {
        late += controller.signal.aborted ? 1 : 0;
      }
    };
    expect(await failureOf(run())).toBe('enough');
    expect(late).toBeLessThan(2);
  });

  it('while 20,000 documents are sent one by one', async () => {
    const { service } = rerankOver('http://cohere.test', {
      endpoint: slow,
      maxDocumentsPerRequest: 1,
    });
    const documents = Array.from({ length: 20_000 }, (_, index) => String(index % 1_000));
    const longest = await longestSliceMs(() => service.rerank({ query: 'q', documents }));
    expect(longest).toBeLessThan(MAX_SLICE_MS);
  });

  it.each([
    ['blank, and ranked', '', 'throw'],
    ['blank, and returned in their own order', '', 'original-order'],
    ['returned in their own order', '1', 'original-order'],
  ] as const)('while a million documents are %s', async (_name, text, onFailure) => {
    const endpoint = { rerank: () => Promise.reject(new Error('down')) };
    const { service } = rerankOver('http://cohere.test', { endpoint, maxRetries: 0, onFailure });
    const documents = Array.from({ length: 1_000_000 }, () => text);
    documents[999_999] = onFailure === 'throw' ? '' : '1';
    const longest = await longestSliceMs(() => service.rerank({ query: 'q', documents }));
    expect(longest).toBeLessThan(MAX_SLICE_MS);
  });

  it('while objects are converted to text', async () => {
    const { service } = rerankOver('http://cohere.test', { endpoint: slow });
    const documents = Array.from({ length: 4_000 }, (_, index) => ({ index, title: 'a title' }));
    const longest = await longestSliceMs(() =>
      failureOf(service.rerank({ query: 'q', documents })),
    );
    expect(longest).toBeLessThan(MAX_SLICE_MS);
  });

  it('so that a conversion ends with the deadline of the call', async () => {
    const { service } = rerankOver('http://cohere.test', { endpoint: slow });
    let converted = 0;
    const toText = () => {
      converted += 1;
      const until = performance.now() + 2;
      while (performance.now() < until) {
        // Busy, as a template engine would be.
      }
      return '1';
    };
    const documents = Array.from({ length: 5_000 }, () => ({}));
    const error = await failureOf(
      service.rerank({ query: 'q', documents, toText }, { timeoutMs: 40 }),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(converted).toBeLessThan(5_000);
  });

  it('and an aborted signal is seen before any work', async () => {
    const { service } = rerankOver('http://cohere.test', { endpoint: slow });
    const toText = vi.fn<() => string>(() => '1');
    const signal = AbortSignal.abort('gone');
    const call = service.rerank({ query: 'q', documents: [{}], toText }, { signal });
    expect(await failureOf(call)).toBe('gone');
    expect(toText).not.toHaveBeenCalled();
  });

  it('and an object whose parts refer to each other a million times is refused', async () => {
    const { service } = rerankOver('http://cohere.test', { endpoint: slow });
    let node: object = { leaf: 1 };
    for (let level = 0; level < 20; level += 1) {
      node = { left: node, right: node };
    }
    const error = await failureOf(service.rerank({ query: 'q', documents: [node] }));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({
      diagnosis: { detail: expect.stringContaining('more than 10000 values') },
    });
  });
});

describe('a dispatcher of the app', () => {
  it('may be of undici 6', async () => {
    const stub = await StubCohere.start(ranking());
    const dispatcher = new Agent6();
    onTestFinished(() => dispatcher.destroy());
    // The types of the majors differ; an app in JavaScript does not see that.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const { service } = rerankOver(stub.url, { dispatcher: dispatcher as unknown as Dispatcher });
    expect((await service.rerank(REQUEST)).results).toHaveLength(2);
    stub.script(hang);
    expect(await failureOf(service.rerank(REQUEST, { timeoutMs: 60 }))).toBeInstanceOf(
      TimeoutError,
    );
    // The one that is left is idle.
    await vi.waitFor(() => expect(stub.connections.size).toBeLessThanOrEqual(1));
  });
});

describe('a callback that returns a rejected promise', () => {
  it('as onProgress ends the run with its reason, and not the process', async () => {
    const { service } = rerankOver('http://cohere.test', { endpoint: slow });
    const onProgress: () => void = failingProgress;
    const run = async () => {
      const requests = Array.from({ length: 50 }, () => ({ query: 'q', documents: ['1'] }));
      for await (const { error } of service.rerankEach(requests, { onProgress })) {
        expect(error).toBeUndefined();
      }
    };
    expect(await failureOf(run())).toMatchObject({ message: 'the log is full' });
  });
});

describe('checkKey', () => {
  it('ends with its signal at once, also while the key source hangs', async () => {
    const clock = { now: 0 };
    const source = new HangingKeySource();
    const { service } = rerankOver('http://cohere.test', { source, now: () => clock.now });
    clock.now += 5_000;
    const controller = new AbortController();
    const check = failureOf(service.checkKey({ signal: controller.signal, timeoutMs: 60_000 }));
    await settle();
    controller.abort('gone');
    expect(await check).toBe('gone');
  });

  it('has one deadline over source and probes together', async () => {
    const stub = await StubCohere.start(hang);
    const clock = { now: 0 };
    const source = new HangingKeySource();
    const { service } = rerankOver(stub.url, { source, now: () => clock.now });
    clock.now += 5_000;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
    }, 390);
    const { verdict, diagnosis } = await service.checkKey({ timeoutMs: 200, mode: 'model' });
    clearTimeout(late);
    expect([verdict, diagnosis?.code]).toEqual(['undetermined', 'COHERE_TIMEOUT']);
    expect(isLate).toBe(false);
  });
});

describe('what is bounded', () => {
  it('the answers to the injected client, as those to rerank', async () => {
    let sent = 0;
    const stub = await StubCohere.start((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const megabytes = Buffer.alloc(4 * 1024 * 1024, ' ');
      const more = () => {
        sent += megabytes.length;
        if (!response.destroyed && sent < 1_000_000_000) {
          response.write(megabytes, more);
        }
      };
      more();
    });
    const rig = rerankOver(stub.url);
    const client = await clientOf(rig);
    expect(await failureOf(client.chat(CHAT))).toMatchObject({ statusCode: 200 });
    expect(sent).toBeLessThan(200_000_000);
    await vi.waitFor(() => expect(rig.transport.openSockets).toBe(0));
  });

  it('the length of a request: more than a string can hold is an invalid request', () => {
    const tooLong = { toJSON: () => 'x'.repeat(2 ** 30) };
    expect(() => toJson({ documents: [tooLong] })).toThrow(InvalidRequestError);
  });

  it('the memory of aborted calls behind a hanging request', async () => {
    const limit = new ConcurrencyLimit(1);
    expect(limit.tryAcquire()).toBe(true);
    const head = new AbortController();
    const waiting = failureOf(limit.acquire(head.signal));
    const gone = await Promise.all(Array.from({ length: 500 }, () => giveUp(limit)));
    collectGarbage();
    expect(gone.filter((signal) => signal.deref() !== undefined).length).toBeLessThan(50);
    head.abort('the end');
    expect(await waiting).toBe('the end');
  });
});

async function giveUp(limit: ConcurrencyLimit): Promise<WeakRef<AbortSignal>> {
  const controller = new AbortController();
  const waiting = failureOf(limit.acquire(controller.signal));
  controller.abort('gone');
  await waiting;
  await settle();
  return new WeakRef(controller.signal);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') {
    collect();
  }
}
