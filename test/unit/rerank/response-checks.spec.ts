import { describe, expect, it } from 'vitest';
import { failureOf, rerankOver } from '../../support/rerank-over.js';
import { HIDDEN } from '../../../lib/diagnosis/redact/known-secret.js';
import { KEY } from '../../support/keys.js';
import { json, StubCohere, text } from '../../support/stub-cohere.js';
import { emulated } from './support/emulated.js';
import { scripted } from './support/scripted-endpoint.js';
import { UnavailableError } from '../../../lib/diagnosis/errors.js';

const query = 'quixotic query';
const documents = ['zanzibar one', 'zanzibar two', 'zanzibar three'];
const good = [
  { index: 2, relevance_score: 0.9 },
  { index: 0, relevance_score: 0.5 },
  { index: 1, relevance_score: 0.1 },
];
const [first, second, third] = good;

/** What a call makes of an answer. */
function rerankAnswered(body: unknown, topN?: number) {
  return scripted(() => body).service.rerank({ query, documents, topN });
}

function withFirst(change: object): object {
  return { results: [{ ...first, ...change }, second, third] };
}

describe('a response that cannot be a ranking of the documents is refused', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'results'],
    ['an array', good],
    ['an empty object', {}],
    ['another object', { data: good }],
    ['results null', { results: null }],
    ['results that are an object', { results: { 0: first } }],
    ['no results', { results: [] }],
    ['fewer results than documents', { results: [first, second] }],
    ['a result that is null', { results: [null, second, third] }],
    ['a result that is a number', { results: [2, second, third] }],
    ['a result that is an array', { results: [[2, 0.9], second, third] }],
    ['no index', withFirst({ index: undefined })],
    ['an index that is null', withFirst({ index: null })],
    ['an index that is a string', withFirst({ index: '2' })],
    ['an index just out of range', withFirst({ index: 3 })],
    ['a negative index', withFirst({ index: -1 })],
    ['a fraction for an index', withFirst({ index: 1.5 })],
    ['NaN for an index', withFirst({ index: Number.NaN })],
    ['an index that comes twice', withFirst({ index: 0 })],
    ['more results than documents', { results: [...good, first] }],
    ['no score', withFirst({ relevance_score: undefined })],
    ['a score that is null', withFirst({ relevance_score: null })],
    ['a score that is a string', withFirst({ relevance_score: '0.9' })],
    ['a score that is NaN', withFirst({ relevance_score: Number.NaN })],
    ['a score that is infinite', withFirst({ relevance_score: Infinity })],
    ['a score under another name', { results: [{ index: 0, relevanceScore: 0.9 }, second, third] }],
    ['wrong only at the end', { results: [first, second, { index: 1 }] }],
  ])('%s', async (_, body) => {
    const error = await failureOf(rerankAnswered(body));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: 'COHERE_RESPONSE_INVALID' });
    const everything = `${String(error)} ${JSON.stringify(error)}`;
    expect(everything).not.toContain('quixotic');
    expect(everything).not.toContain('zanzibar');
  });

  it('fewer results than topN asked for', async () => {
    expect(await failureOf(rerankAnswered({ results: [first] }, 2))).toMatchObject({
      code: 'COHERE_RESPONSE_INVALID',
      diagnosis: { detail: expect.stringContaining('1 documents of 2') },
    });
  });

  it('names the wrong result and its defect', async () => {
    const error = await failureOf(rerankAnswered({ results: [first, second, { index: 17 }] }));
    expect(error).toMatchObject({
      diagnosis: { detail: expect.stringMatching(/results\[2\]\.index is 17.* 3 documents/) },
    });
  });

  it.each([
    ['a number beyond all numbers', '{"results":[{"index":0,"relevance_score":1e999}]}'],
    ['an index beyond all numbers', '{"results":[{"index":1e999,"relevance_score":1}]}'],
    ['JSON cut off', '{"results":[{"index":0,"relevance_score":1}'],
    ['an empty body', ''],
  ])('over HTTP: %s', async (_, body) => {
    const stub = await StubCohere.start(text(200, body, { 'content-type': 'application/json' }));
    const { service } = rerankOver(stub.url, { maxRetries: 0 });
    const error = await failureOf(service.rerank({ query, documents: ['zanzibar'] }));
    expect(error).toMatchObject({ code: 'COHERE_RESPONSE_INVALID' });
    expect(JSON.stringify(error)).not.toContain('zanzibar');
  });

  it.each([
    'index-out-of-range',
    'duplicate-index',
    'missing-results',
    'missing-score',
    'empty-object',
  ] as const)('over HTTP, as the emulator makes it wrong: %s', async (shape) => {
    const { emulator, service } = await emulated();
    emulator.fail({ kind: 'wrong-shape', shape });
    const error = await failureOf(service.rerank({ query, documents }, { maxRetries: 0 }));
    expect(error).toMatchObject({ code: 'COHERE_RESPONSE_INVALID' });
    expect((await service.rerank({ query, documents })).results).toHaveLength(3);
  });
});

describe('a response is accepted', () => {
  it('with unknown fields, and without all that may be missing', async () => {
    const body = { results: good.map((result) => ({ ...result, novel: [1] })), novel: {} };
    expect(await rerankAnswered(body)).toEqual({
      results: [
        { document: documents[2], index: 2, relevanceScore: 0.9 },
        { document: documents[0], index: 0, relevanceScore: 0.5 },
        { document: documents[1], index: 1, relevanceScore: 0.1 },
      ],
      model: 'rerank-v5.0-fast',
      ids: [],
      usage: { requests: 1, retries: 0 },
      warnings: [],
    });
  });

  it('with more results than topN, of servers that do not know top_n; they are cut off', async () => {
    const { results } = await rerankAnswered({ results: good }, 1);
    expect(results.map(({ index }) => index)).toEqual([2]);
  });

  it('with scores outside 0 to 1, as models before Rerank 5 on other servers give', async () => {
    const body = { results: good.map(({ index }) => ({ index, relevance_score: index - 7.5 })) };
    const { results } = await rerankAnswered(body);
    expect(results.map(({ relevanceScore }) => relevanceScore)).toEqual([-5.5, -6.5, -7.5]);
  });
});

describe('usage', () => {
  const counted = { requests: 1, retries: 0 };

  it.each([
    ['no meta', undefined, counted],
    ['meta null', null, counted],
    ['meta that is a string', 'meta', counted],
    ['no billed units', {}, counted],
    ['billed units null', { billed_units: null }, counted],
    ['empty billed units', { billed_units: {} }, counted],
    ['search units', { billed_units: { search_units: 2 } }, { searchUnits: 2, ...counted }],
    ['input tokens', { billed_units: { input_tokens: 90 } }, { inputTokens: 90, ...counted }],
    [
      'both, one of them nothing',
      { billed_units: { search_units: 0, input_tokens: 90 } },
      { searchUnits: 0, inputTokens: 90, ...counted },
    ],
    ['a string for a number', { billed_units: { search_units: '2' } }, counted],
    ['tokens that are not billed', { tokens: { input_tokens: 90 } }, counted],
  ])('of an answer with %s', async (_, meta, usage) => {
    expect((await rerankAnswered({ results: good, meta })).usage).toEqual(usage);
  });
});

describe('id and warnings', () => {
  it.each([undefined, null, 7, {}])('an id that is %s is omitted', async (id) => {
    expect((await rerankAnswered({ results: good, id })).ids).toEqual([]);
  });

  it.each([
    [undefined, []],
    [null, []],
    ['old model', []],
    [
      ['old model', 7, null, 'slow'],
      ['old model', 'slow'],
    ],
  ])('warnings %j are %j', async (warnings, expected) => {
    const response = await rerankAnswered({ results: good, id: 'an id', meta: { warnings } });
    expect(response.warnings).toEqual(expected);
    expect(response.ids).toEqual(['an id']);
  });
});

describe('texts in a valid response', () => {
  it.each([
    ['the key', KEY, HIDDEN],
    ['a piece of the key in base64', Buffer.from(KEY.slice(4, 24)).toString('base64'), HIDDEN],
    ['a command of a build server', '##vso[task.x]y', '## vso[task.x]y'],
    ['a change of direction', 'a\u202eb\u001b[31m', 'ab'],
    ['a novel', 'ab '.repeat(9_000), `${'ab '.repeat(99)}ab…`],
  ])('contain nothing raw of %s', async (_what, sent, shown) => {
    const stub = await StubCohere.start(
      json(200, { results: good, id: sent, meta: { warnings: [sent] } }),
    );
    const { service } = rerankOver(stub.url);
    const { ids, warnings } = await service.rerank({ query, documents });

    expect(ids).toEqual([shown]);
    expect(warnings).toEqual([shown]);
  });

  it('are limited in number', async () => {
    const warnings = Array.from({ length: 1_000 }, (_, index) => `warning ${index}`);

    expect((await rerankAnswered({ results: good, meta: { warnings } })).warnings).toHaveLength(20);
  });
});
