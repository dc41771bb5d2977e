import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../support/rerank-over.js';
import { emulated, type Emulated } from './support/emulated.js';
import { scoresOf, scripted } from './support/scripted-endpoint.js';
import { DiagnosedError, InvalidRequestError } from '../../../lib/diagnosis/errors.js';

/** The service as a caller in JavaScript sees it. */
interface Untyped {
  rerank(request: unknown, options?: unknown): Promise<unknown>;
  rerankEach(requests: unknown, options?: unknown): AsyncIterable<unknown>;
}

const QUERY = 'quixotic query';
const TEXT = 'zanzibar document';
const good = { query: QUERY, documents: [TEXT, { title: TEXT }] };
const cyclic: Record<string, unknown> = { title: TEXT };
cyclic['self'] = cyclic;

const wrongRequests: readonly [field: string, found: string, request: unknown][] = [
  ['request', 'undefined', undefined],
  ['request', 'null', null],
  ['request', 'a string', QUERY],
  ['request', 'an array', [good]],
  ['request', 'a function', () => good],
  ['query', 'undefined', { documents: [TEXT] }],
  ['query', 'null', { ...good, query: null }],
  ['query', 'blank', { ...good, query: '' }],
  ['query', 'blank', { ...good, query: ' \n\t\u00a0\u2003' }],
  ['query', '7', { ...good, query: 7 }],
  ['query', 'an array', { ...good, query: [QUERY] }],
  ['query', 'an object', { ...good, query: { text: QUERY } }],
  ['documents', 'undefined', { query: QUERY }],
  ['documents', 'null', { ...good, documents: null }],
  ['documents', 'a string', { ...good, documents: TEXT }],
  ['documents', 'an object', { ...good, documents: { 0: TEXT, length: 1 } }],
  ['documents', 'an object', { ...good, documents: new Set([TEXT]) }],
  ['documents[1]', 'undefined', { ...good, documents: [TEXT, undefined] }],
  // oxlint-disable-next-line no-sparse-arrays
  ['documents[1]', 'undefined', { ...good, documents: [TEXT, , TEXT] }],
  ['documents[0]', 'null', { ...good, documents: [null, TEXT] }],
  ['documents[2]', '42', { ...good, documents: [TEXT, TEXT, 42] }],
  ['documents[1]', 'a bigint', { ...good, documents: [TEXT, 42n] }],
  ['documents[1]', 'a symbol', { ...good, documents: [TEXT, Symbol(TEXT)] }],
  ['documents[1]', 'a function', { ...good, documents: [TEXT, () => TEXT] }],
  ['documents[1]', 'refers to itself', { ...good, documents: [TEXT, cyclic] }],
  ['documents[0]', 'contains a function', { ...good, documents: [{ TEXT, run: () => TEXT }] }],
  ['documents[0]', 'contains a symbol', { ...good, documents: [{ list: [Symbol(TEXT)] }] }],
  ['documents[1]', 'null', { ...good, documents: [TEXT, null], toText: String }],
  ['topN', '0', { ...good, topN: 0 }],
  ['topN', '-1', { ...good, topN: -1 }],
  ['topN', '1.5', { ...good, topN: 1.5 }],
  ['topN', 'NaN', { ...good, topN: Number.NaN }],
  ['topN', 'Infinity', { ...good, topN: Infinity }],
  ['topN', 'a string', { ...good, topN: '3' }],
  ['topN', 'null', { ...good, topN: null }],
  ['topN', 'a bigint', { ...good, topN: 3n }],
  ['maxTokensPerDoc', '0', { ...good, maxTokensPerDoc: 0 }],
  ['maxTokensPerDoc', '0.5', { ...good, maxTokensPerDoc: 0.5 }],
  ['maxTokensPerDoc', 'a string', { ...good, maxTokensPerDoc: '4096' }],
  ['priority', '-1', { ...good, priority: -1 }],
  ['priority', '1000', { ...good, priority: 1_000 }],
  ['priority', '1.5', { ...good, priority: 1.5 }],
  ['minRelevanceScore', '-0.1', { ...good, minRelevanceScore: -0.1 }],
  ['minRelevanceScore', '1.1', { ...good, minRelevanceScore: 1.1 }],
  ['minRelevanceScore', 'NaN', { ...good, minRelevanceScore: Number.NaN }],
  ['minRelevanceScore', 'a string', { ...good, minRelevanceScore: '0.5' }],
  ['model', 'blank', { ...good, model: ' ' }],
  ['model', 'null', { ...good, model: null }],
  ['model', '5', { ...good, model: 5 }],
  ['toText', 'a string', { ...good, toText: 'title' }],
  ['toText', 'null', { ...good, toText: null }],
  ['relevantSpans', 'null', { ...good, relevantSpans: null }],
  ['relevantSpans', 'a string', { ...good, relevantSpans: 'yes' }],
  ['relevantSpans', '1', { ...good, relevantSpans: 1 }],
  ['relevantSpans', 'an array', { ...good, relevantSpans: [] }],
  ['relevantSpans.maxSpans', '0', { ...good, relevantSpans: { maxSpans: 0 } }],
  ['relevantSpans.maxSpans', '1.5', { ...good, relevantSpans: { maxSpans: 1.5 } }],
  ['relevantSpans.threshold', '1.01', { ...good, relevantSpans: { threshold: 1.01 } }],
  ['relevantSpans.threshold', 'a string', { ...good, relevantSpans: { threshold: '0' } }],
];

const wrongOptions: readonly [field: string, found: string, options: unknown][] = [
  ['options', 'null', null],
  ['options', 'an array', []],
  ['options', '5000', 5_000],
  ['timeoutMs', '0', { timeoutMs: 0 }],
  ['timeoutMs', '600001', { timeoutMs: 600_001 }],
  ['timeoutMs', '1.5', { timeoutMs: 1.5 }],
  ['timeoutMs', 'Infinity', { timeoutMs: Infinity }],
  ['timeoutMs', 'a string', { timeoutMs: '1000' }],
  ['maxRetries', '-1', { maxRetries: -1 }],
  ['maxRetries', '11', { maxRetries: 11 }],
  ['maxRetries', '0.5', { maxRetries: 0.5 }],
  ['signal', 'null', { signal: null }],
  ['signal', 'an object', { signal: {} }],
  ['signal', 'an object', { signal: new AbortController() }],
];

const wrongEachOptions: readonly [field: string, found: string, options: unknown][] = [
  ...wrongOptions,
  ['concurrency', '0', { concurrency: 0 }],
  ['concurrency', '1001', { concurrency: 1_001 }],
  ['concurrency', '2.5', { concurrency: 2.5 }],
  ['onProgress', 'a string', { onProgress: 'log' }],
];

let rig: Emulated;
let untyped: Untyped;
beforeEach(async () => {
  rig = await emulated();
  untyped = rig.service;
});

function expectRefused(error: unknown, field: string, found: string): void {
  if (!(error instanceof InvalidRequestError)) {
    throw new TypeError(`it was not refused, but ended with ${String(error)}`);
  }
  const { code, title, detail, fix, httpStatus } = error.diagnosis;
  expect(code).toBe('COHERE_REQUEST_INVALID');
  expect(httpStatus).toBe(400);
  expect(title).toContain(`${field} must be `);
  expect(detail).toContain(`${field} is `);
  expect(detail).toContain(found);
  expect(fix.join(' ')).toContain(field);
  const everything = `${JSON.stringify(error)} ${error.message} ${error.stack}`;
  expect(everything).not.toContain(QUERY);
  expect(everything).not.toContain(TEXT);
  expect(rig.emulator.requests).toEqual([]);
}

describe('a wrong argument is refused by its name before anything is sent', () => {
  it.each(wrongRequests)('%s: %s', async (field, found, request) => {
    expectRefused(await failureOf(untyped.rerank(request)), field, found);
  });

  it.each(wrongOptions)('%s of the call: %s', async (field, found, options) => {
    expectRefused(await failureOf(untyped.rerank(good, options)), field, found);
  });

  it.each(wrongEachOptions)('%s of rerankEach, at once: %s', (field, found, options) => {
    expectRefused(
      thrownBy(() => untyped.rerankEach([], options)),
      field,
      found,
    );
  });

  it.each([
    ['undefined', undefined],
    ['an object', good],
    ['a string', QUERY],
    ['a function', () => [good]],
  ])('requests of rerankEach, at once: %s', (found, requests) => {
    expectRefused(
      thrownBy(() => untyped.rerankEach(requests)),
      'requests',
      found,
    );
  });
});

describe('a misplaced or misspelt option is refused, with the right place or name', () => {
  const { signal } = new AbortController();

  it.each([
    ['top_n', 'Pass it as topN.', { ...good, top_n: 1 }, {}],
    ['topK', 'Pass it as topN.', { ...good, topK: 1 }, {}],
    ['max_tokens_per_doc', 'Pass it as maxTokensPerDoc.', { ...good, max_tokens_per_doc: 1 }, {}],
    [
      'min-relevance-score',
      'Pass it as minRelevanceScore.',
      { ...good, 'min-relevance-score': 1 },
      {},
    ],
    [
      'signal',
      'Pass it as signal in the options of the call, the second argument.',
      { ...good, signal },
      {},
    ],
    ['topN', 'Pass it as topN in the request.', good, { topN: 1 }],
    ['max_retries', 'Pass it as maxRetries.', good, { max_retries: 0 }],
  ])('%s: %s', async (name, step, request, options) => {
    expect(await failureOf(untyped.rerank(request, options))).toMatchObject({
      diagnosis: {
        code: 'COHERE_REQUEST_INVALID',
        title: `${name} would be ignored where it is passed.`,
        fix: [step],
      },
    });
    expect(rig.emulator.requests).toEqual([]);
  });

  it('other names, and undefined values, are allowed', async () => {
    const request = { ...good, tenant: 'a', score: 1, text: TEXT, signal: undefined };
    await untyped.rerank(request, { traceId: 1 });
    expect(rig.emulator.requests).toHaveLength(1);
  });
});

describe('a value at a limit is allowed', () => {
  it.each([
    { topN: 1 },
    { topN: Number.MAX_SAFE_INTEGER },
    { maxTokensPerDoc: 1 },
    { priority: 0 },
    { priority: 999 },
    { minRelevanceScore: 0 },
    { minRelevanceScore: 1 },
    { relevantSpans: {} },
    { relevantSpans: { maxSpans: 1, threshold: 0 } },
    { relevantSpans: { maxSpans: undefined, threshold: 1 } },
    { topN: undefined, model: undefined, toText: undefined, priority: undefined },
  ])('%j', async (part) => {
    await untyped.rerank({ ...good, ...part }, { timeoutMs: 600_000, maxRetries: 0 });
    expect(rig.emulator.requests).toHaveLength(1);
  });

  it('accepts any model id, because only Cohere can validate it', async () => {
    const model = 'rerank-v9.0-of-the-future';
    await failureOf(rig.service.rerank({ ...good, model }));
    expect(rig.emulator.requests[0]?.body).toMatchObject({ model });
  });
});

describe('any argument', () => {
  const junk = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  });
  const or = (usual: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: junk });
  const request = fc.record(
    {
      query: or(fc.constant('q')),
      documents: or(fc.array(or(fc.oneof(fc.string(), fc.object())), { maxLength: 4 })),
      topN: or(fc.constant(2)),
      model: or(fc.constant('m')),
      maxTokensPerDoc: or(fc.constant(10)),
      priority: or(fc.constant(1)),
      toText: or(fc.constantFrom(undefined, String, () => 'text')),
      minRelevanceScore: or(fc.constant(0.5)),
      relevantSpans: or(fc.constantFrom(true, {})),
    },
    { requiredKeys: ['query', 'documents'] },
  );
  const options = fc.record(
    {
      timeoutMs: or(fc.constant(1_000)),
      maxRetries: or(fc.constant(0)),
      signal: or(fc.constant(undefined)),
    },
    { requiredKeys: [] },
  );
  const RUNS = 800;

  it('the call ends with a ranking or an InvalidRequestError, and nothing else', async () => {
    const { service } = scripted(({ documents, ...query }) =>
      scoresOf({ ...query, documents: documents.map(() => '0.5') }),
    );
    const caller: Untyped = service;
    const ends = { ranked: 0, refused: 0 };
    const property = fc.asyncProperty(or(request), or(options), async (first, second) => {
      try {
        expect(await caller.rerank(first, second)).toHaveProperty('results');
        ends.ranked += 1;
      } catch (error) {
        expectInvalid(error);
        ends.refused += 1;
      }
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(ends.ranked).toBeGreaterThan(100);
    expect(ends.refused).toBeGreaterThan(100);
  });

  it('rerankEach hands out outcomes or throws an InvalidRequestError, and nothing else', async () => {
    const { service } = scripted(scoresOf);
    const caller: Untyped = service;
    const property = fc.asyncProperty(
      or(fc.array(or(request), { maxLength: 3 })),
      async (requests) => {
        try {
          for await (const outcome of caller.rerankEach(requests)) {
            expect(outcome).toHaveProperty('index');
          }
        } catch (error) {
          expectInvalid(error);
        }
      },
    );
    await fc.assert(property, { numRuns: RUNS / 5 });
  });
});

function expectInvalid(error: unknown): void {
  if (!(error instanceof DiagnosedError) || error.code !== 'COHERE_REQUEST_INVALID') {
    throw error;
  }
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
