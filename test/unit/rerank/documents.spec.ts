import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { failureOf } from '../../support/rerank-over.js';
import { bodies, emulated, sentTexts } from './support/emulated.js';
import { scoresOf, scripted } from './support/scripted-endpoint.js';
import { InvalidRequestError } from '../../../lib/diagnosis/errors.js';

const query = 'q';

/** The texts that go out for some documents. */
async function textsOf(documents: readonly (string | object)[]): Promise<readonly string[]> {
  const { endpoint, service } = scripted(({ documents: texts }) => ({
    results: texts.map((_, index) => ({ index, relevance_score: 0.5 })),
  }));
  await service.rerank({ query, documents });
  return endpoint.queries[0]?.documents ?? [];
}

describe('strings', () => {
  it('are sent as they are', async () => {
    const { emulator, service } = await emulated();
    const documents = ['  padded  ', 'a\r\nb', '"quoted"', '漢字 👩‍👩‍👧 é', 'same', 'same'];
    await service.rerank({ query, documents });
    expect(sentTexts(emulator)).toEqual([documents]);
  });

  it('may be mixed with objects', async () => {
    expect(await textsOf(['plain: text', { plain: 'text' }])).toEqual([
      'plain: text',
      'plain: text\n',
    ]);
  });
});

describe('objects are sent as YAML', () => {
  it('with nested parts, in the order of their keys', async () => {
    const { emulator, service } = await emulated();
    const document = {
      title: 'Refunds',
      author: { name: 'Ada', email: 'ada@example.org' },
      body: 'Line one\nLine two',
      tags: ['money', 'law'],
      access: null,
      views: 12,
      draft: false,
      about: 'a: b # c',
    };
    await service.rerank({ query, documents: [document] });
    expect(sentTexts(emulator)).toEqual([
      [
        [
          'title: Refunds',
          'author:',
          '  name: Ada',
          '  email: ada@example.org',
          'body: |-',
          '  Line one',
          '  Line two',
          'tags:',
          '  - money',
          '  - law',
          'access: null',
          'views: 12',
          'draft: false',
          'about: "a: b # c"',
          '',
        ].join('\n'),
      ],
    ]);
  });

  it('without keys that are undefined', async () => {
    const document = { a: 1, b: undefined, c: { d: undefined, e: 2 } };
    expect(await textsOf([document])).toEqual(['a: 1\nc:\n  e: 2\n']);
  });

  it('with dates in ISO form', async () => {
    const at = new Date(Date.UTC(2026, 10, 20, 9, 30, 1, 2));
    expect(await textsOf([{ at, list: [at] }])).toEqual([
      'at: 2026-11-20T09:30:01.002Z\nlist:\n  - 2026-11-20T09:30:01.002Z\n',
    ]);
  });

  it('with the result of toJSON', async () => {
    class Price {
      readonly #cents = 1_250;
      toJSON() {
        return `${this.#cents / 100} EUR`;
      }
    }
    expect(await textsOf([{ price: new Price() }])).toEqual(['price: 12.5 EUR\n']);
  });

  it.each([
    ['spaces', 'word '.repeat(400).trim()],
    ['lines', `first\n${'word '.repeat(400).trim()}\nlast`],
    ['marks', `"${'it is: so # '.repeat(200).trim()}"`],
  ])('without folding a long string with %s', async (_, text) => {
    const [yaml = ''] = await textsOf([{ text }]);
    expect(yaml.trimEnd().split('\n')).toHaveLength(text.includes('\n') ? 4 : 1);
    expect(parse(yaml)).toEqual({ text });
  });

  it('without anchors for what it contains twice', async () => {
    const author = { name: 'Ada' };
    expect(await textsOf([{ author, editor: author, all: [author, author] }])).toEqual([
      'author:\n  name: Ada\neditor:\n  name: Ada\nall:\n  - name: Ada\n  - name: Ada\n',
    ]);
  });

  it('with every script as it is, not as escapes', async () => {
    const text = '漢字 𠮷 عربى 👩‍👩‍👧 é e\u0301';
    expect(await textsOf([{ text }])).toEqual([`text: ${text}\n`]);
  });

  it('with maps, sets, bigints and instances by their content', async () => {
    class Article {
      readonly title = 'T';
      print() {
        return this.title;
      }
    }
    expect(
      await textsOf([
        { map: new Map([['k', 1]]), set: new Set(['s']), big: 2n ** 64n },
        new Article(),
        ['a', 'b'],
      ]),
    ).toEqual([
      'map:\n  k: 1\nset:\n  - s\nbig: 18446744073709551616\n',
      'title: T\n',
      '- a\n- b\n',
    ]);
  });

  it('that reads back as the object, whatever JSON it is', async () => {
    const unit = fc.string({ unit: 'grapheme', maxLength: 120 });
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        unit,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(unit, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    const documents = fc.array(fc.dictionary(unit, value, { minKeys: 1, maxKeys: 4 }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(documents, async (list) => {
        const texts = await textsOf(list);
        // As JSON, so that the order of the keys counts.
        expect(texts.map((text) => JSON.stringify(parse(text)))).toEqual(
          list.map((document) => JSON.stringify(document)),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('toText', () => {
  it('makes the text of each document, objects and strings, told its index', async () => {
    const { emulator, service } = await emulated();
    const toText = vi.fn<(document: { title: string } | string, index: number) => string>(
      (document, index) =>
        typeof document === 'string' ? `${index} ${document}` : `${index} ${document.title}`,
    );
    const documents = [{ title: 'a' }, 'b'];
    const { results } = await service.rerank({ query, documents, toText });
    expect(sentTexts(emulator)).toEqual([['0 a', '1 b']]);
    expect(toText).toHaveBeenCalledTimes(2);
    expect(results.map(({ document }) => document)).toEqual(expect.arrayContaining(documents));
  });

  it('that throws is named with the index, and what it threw is not quoted', async () => {
    const { emulator, service } = await emulated();
    const error = await failureOf(
      service.rerank({ query, documents: ['a', 'b'], toText: refuseB }),
    );
    expectRefused(error, 'toText', 'documents[1]');
    expect(JSON.stringify(error)).not.toContain('secret text');
    expect(emulator.requests).toEqual([]);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['3', 3],
    ['an object', { text: 'x' }],
    ['a promise', Promise.resolve('x')],
  ])('that returns %s is named with the index', async (found, returned) => {
    const { endpoint, service } = scripted(scoresOf);
    const untyped: { rerank(request: object): Promise<unknown> } = service;
    const toText = (_: unknown, index: number) => (index === 2 ? returned : 'text');
    const error = await failureOf(untyped.rerank({ query, documents: ['', '', {}], toText }));
    expectRefused(error, 'toText', `returning ${found} for documents[2]`);
    expect(endpoint.queries).toEqual([]);
  });
});

describe('a document that has no text is named by its index', () => {
  const loop: Record<string, unknown> = {};
  loop['inner'] = { list: [loop] };
  const byMap = new Map<string, unknown>();
  byMap.set('self', byMap);

  it.each([
    ['itself, below', loop, 'it refers to itself'],
    ['itself, in a map', { byMap }, 'it refers to itself'],
    ['a function', { run: () => 'secret text' }, 'it contains a function'],
    ['a symbol', { list: [Symbol('secret text')] }, 'it contains a symbol'],
  ])('because it holds %s', async (_, document, reason) => {
    const { endpoint, service } = scripted(scoresOf);
    const error = await failureOf(service.rerank({ query, documents: ['0', '0', '0', document] }));
    expectRefused(error, 'documents[3]', reason);
    expect(endpoint.queries).toEqual([]);
  });

  it.each([
    ['toJSON', { toJSON: () => fail('secret text') }],
    [
      'a property',
      {
        get body() {
          return fail('secret text');
        },
      },
    ],
  ])('because %s of it throws, and what is thrown is not quoted', async (_, document) => {
    const { service } = scripted(scoresOf);
    const error = await failureOf(service.rerank({ query, documents: ['0', document] }));
    expectRefused(error, 'documents[1]', 'an object that cannot');
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('secret text');
  });

  it.each([
    ['a promise', Promise.resolve('text'), 'a promise'],
    // oxlint-disable-next-line unicorn/no-thenable
    ['a query that awaits to be run', { table: 't', then: () => 'text' }, 'a promise'],
    ['an Error', new Error('secret text'), 'an Error'],
    ['an Error with fields', Object.assign(new Error('secret text'), { code: 1 }), 'an Error'],
    ['an Error of another realm', runInNewContext('new TypeError("secret text")'), 'an Error'],
    ['a WeakMap', new WeakMap(), 'an instance of WeakMap'],
    ['a regular expression', /secret text/, 'an instance of RegExp'],
    ['a response', new Response('secret text'), 'an instance of Response'],
    ['a Blob', new Blob(['secret text']), 'an instance of Blob'],
    ['a buffer', Buffer.from('secret text'), 'binary data'],
    ['bytes', new Uint8Array(3), 'binary data'],
    ['an ArrayBuffer', new ArrayBuffer(3), 'binary data'],
    ['a generator', generate(), 'an iterator'],
    ['an async generator', generateLater(), 'without enumerable fields'],
    ['a boxed symbol', Object(Symbol('secret text')), 'a symbol'],
    ['an instance with private fields', new Hidden(), 'an instance of Hidden without'],
    ['an object with symbols alone', { [Symbol('secret text')]: 1 }, 'without enumerable fields'],
    ['hidden fields', Object.defineProperty({}, 'a', { value: 1 }), 'without enumerable fields'],
    ['a revoked proxy', revokedProxy(), 'an object that cannot'],
  ])('because it is %s, or holds it', async (_, found, reason) => {
    const { endpoint, service } = scripted(scoresOf);
    for (const document of [found, { list: [found] }, new Map([['a', { b: found }]])]) {
      const documents = ['0', '0', document];
      // oxlint-disable-next-line no-await-in-loop
      const error = await failureOf(service.rerank({ query, documents }));
      expectRefused(error, 'documents[2]', reason);
      expect(JSON.stringify(error)).not.toContain('secret text');
    }
    expect(endpoint.queries).toEqual([]);
  });

  it.each([
    ['an empty object', {}, '{}'],
    ['undefined fields alone', { a: undefined }, '{}'],
    ['an object without prototype or fields', Object.create(null), '{}'],
    ['an empty map', new Map(), '{}'],
    ['an empty set', new Set(), '[]'],
    ['an empty list', [], '[]'],
    ['an invalid date', new Date(Number.NaN), 'null'],
    ['a toJSON that returns nothing', { a: 1, toJSON: () => undefined }, 'an empty text'],
    ['a boxed empty string', Object(''), '""'],
  ])('because nothing of it would be sent: %s', async (_, document, text) => {
    const { endpoint, service } = scripted(scoresOf);
    const error = await failureOf(service.rerank({ query, documents: ['0', document] }));
    expectRefused(error, 'documents[1]', `it would be sent as ${text}`);
    expect(endpoint.queries).toEqual([]);
  });

  it.each([
    ['a field', { title: 'a', body: Promise.resolve('b') }],
    ['a list', { parts: [Promise.resolve('b')] }],
    ['a map', { parts: new Map([['b', Promise.resolve('b')]]) }],
  ])('because of a promise in %s, and await is the fix', async (_, document) => {
    const { service } = scripted(scoresOf);
    const error = await failureOf(service.rerank({ query, documents: ['0', document] }));
    expectRefused(error, 'documents[1]', 'it contains a promise');
    expect(error).toMatchObject({ diagnosis: { fix: [expect.stringMatching(/^Await it/)] } });
  });

  it('because its toJSON returns a promise', async () => {
    const { service } = scripted(scoresOf);
    const document = { list: [{ toJSON: () => Promise.resolve(1) }] };
    const error = await failureOf(service.rerank({ query, documents: ['0', document] }));
    expectRefused(error, 'documents[1]', 'it contains a promise');
  });

  it('when it is a promise, with or without toText; await is the fix, and its own rejection ends nothing', async () => {
    const { endpoint, service } = scripted(scoresOf);
    for (const toText of [undefined, () => 'text']) {
      const documents = ['0', Promise.resolve('1'), Promise.reject(new Error('secret text'))];
      const untyped: { rerank(request: object): Promise<unknown> } = service;
      // oxlint-disable-next-line no-await-in-loop
      const error = await failureOf(untyped.rerank({ query, documents, toText }));
      expectRefused(error, 'documents[1]', 'a promise');
      expect(error).toMatchObject({ diagnosis: { fix: [expect.stringMatching(/^Await it/)] } });
    }
    expect(endpoint.queries).toEqual([]);
    await new Promise(setImmediate);
  });

  it.each(['request', 'query', 'documents'])(
    'the fix for a %s that is a promise is to await it',
    async (name) => {
      const { service } = scripted(scoresOf);
      const untyped: { rerank(request: unknown): Promise<unknown> } = service;
      const request = { query, documents: ['0'], [name]: Promise.resolve() };
      const given = name === 'request' ? Promise.resolve(request) : request;
      const error = await failureOf(untyped.rerank(given));
      expectRefused(error, name, 'a promise');
      expect(error).toMatchObject({ diagnosis: { fix: [expect.stringMatching(/^Await it/)] } });
    },
  );

  it('however deep it is', async () => {
    let document: object = {};
    for (let depth = 0; depth < 20_000; depth += 1) {
      document = { document };
    }
    const { service } = scripted(scoresOf);
    const error = await failureOf(service.rerank({ query, documents: ['0', document] }));
    expectRefused(error, 'documents[1]', 'an object that cannot');
  });
});

describe('values that YAML supports are sent', () => {
  it.each([
    ['nested emptiness', { a: {}, b: [], c: new Map(), d: null }, 'a: {}\nb: []\nc: {}\nd: null\n'],
    ['null-prototype objects', Object.assign(Object.create(null), { a: 1 }), 'a: 1\n'],
    ['a map of another realm', runInNewContext('new Map([["a", 1]])'), 'a: 1\n'],
    ['objects as keys of a map', new Map([[{ a: 1 }, 2]]), '? a: 1\n: 2\n'],
    ['boxed primitives', { a: Object('x'), b: Object(1), c: Object(2n) }, 'a: x\nb: 1\nc: 2\n'],
    [
      'addresses and dates',
      [new URL('http://a.b/'), new Date(0)],
      '- http://a.b/\n- 1970-01-01T00:00:00.000Z\n',
    ],
    ['an embedding', { vector: new Float32Array([0.5, 1]) }, 'vector:\n  - 0.5\n  - 1\n'],
    ['a transparent proxy', new Proxy({ a: 1 }, {}), 'a: 1\n'],
    // oxlint-disable-next-line unicorn/no-thenable
    ['a field of the name then', { then: 'text' }, 'then: text\n'],
    ['an own __proto__', JSON.parse('{"__proto__":{"a":1}}'), '__proto__:\n  a: 1\n'],
    ['a toJSON that returns itself', new Itself(), 'a: 1\n'],
    [
      'an iterable of its own',
      {
        *[Symbol.iterator]() {
          yield 'x';
        },
      },
      '- x\n',
    ],
  ])('%s', async (_, document, text) => {
    expect(await textsOf([document])).toEqual([text]);
  });

  it('an error that toText makes text of', async () => {
    const { endpoint, service } = scripted(scoresOf);
    await service.rerank({
      query,
      documents: [new Error('0.5')],
      toText: ({ message }) => message,
    });
    expect(endpoint.queries[0]?.documents).toEqual(['0.5']);
  });
});

describe('what is passed in', () => {
  it('is never changed, and the very same objects come back', async () => {
    const { service } = await emulated({}, { maxDocumentsPerRequest: 3 });
    const documents = Array.from({ length: 10 }, (_, number) =>
      deepFreeze({ number, nested: { tags: [`tag ${number}`], at: new Date(number) } }),
    );
    const request = deepFreeze({ query: 'tag 7', documents, topN: 9, relevantSpans: {} });
    const before = structuredClone(request);
    const { results } = await service.rerank(request, Object.freeze({ timeoutMs: 5_000 }));
    expect(request).toEqual(before);
    expect(results).toHaveLength(9);
    for (const { document, index } of results) {
      expect(document).toBe(documents[index]);
    }
    expect(results[0]?.document.number).toBe(7);
  });

  it('may hold the same object twice', async () => {
    const { service } = await emulated();
    const document = { title: 'twice' };
    const { results } = await service.rerank({ query, documents: [document, document] });
    expect(results.map(({ index }) => index)).toEqual([0, 1]);
    expect(results.every((result) => result.document === document)).toBe(true);
  });
});

describe('blank documents', () => {
  const documents = ['', 'refund policy', ' \n\t', 'cats', '\u00a0\u2003'];

  it('are not sent, and come last with score 0 in the order of their index', async () => {
    const { emulator, service } = await emulated();
    const { results } = await service.rerank({ query: 'refund', documents });
    expect(sentTexts(emulator)).toEqual([['refund policy', 'cats']]);
    expect(results.map(({ index }) => index)).toEqual([1, 3, 0, 2, 4]);
    expect(results.slice(2)).toEqual([
      { document: '', index: 0, relevanceScore: 0 },
      { document: ' \n\t', index: 2, relevanceScore: 0 },
      { document: '\u00a0\u2003', index: 4, relevanceScore: 0 },
    ]);
  });

  it('come after documents with text that score 0 as well', async () => {
    const { service } = await emulated({ score: () => 0 });
    const { results } = await service.rerank({ query, documents });
    expect(results.map(({ index }) => index)).toEqual([1, 3, 0, 2, 4]);
  });

  it('are those that toText leaves without text', async () => {
    const { emulator, service } = await emulated();
    const objects = [{ body: ' ' }, { body: 'refund' }];
    const { results } = await service.rerank({
      query: 'refund',
      documents: objects,
      toText: bodyOf,
    });
    expect(sentTexts(emulator)).toEqual([['refund']]);
    expect(results.map(({ document }) => document)).toEqual([objects[1], objects[0]]);
  });

  it('fill up to topN, which is sent only if it shortens the result', async () => {
    const { emulator, service } = await emulated();
    const { results } = await service.rerank({ query: 'refund', documents, topN: 4 });
    expect(results.map(({ index }) => index)).toEqual([1, 3, 0, 2]);
    expect(bodies(emulator)[0]).not.toHaveProperty('top_n');
  });

  it('are omitted with any minRelevanceScore above 0, and kept with 0', async () => {
    const { service } = await emulated({ score: () => 0.5 });
    const left = await service.rerank({ query, documents, minRelevanceScore: 0.001 });
    expect(left.results.map(({ index }) => index)).toEqual([1, 3]);
    const all = await service.rerank({ query, documents, minRelevanceScore: 0 });
    expect(all.results).toHaveLength(5);
  });
});

describe('without documents to rank', () => {
  it.each([
    ['no documents', [], []],
    ['only blank documents', ['', ' '], [0, 1]],
  ])('%s: an answer without a request', async (_, documents, order) => {
    const { emulator, service } = await emulated();
    const { results, ...rest } = await service.rerank({ query, documents });
    expect(results.map(({ index }) => index)).toEqual(order);
    expect(rest).toEqual({
      model: 'rerank-v5.0-fast',
      ids: [],
      usage: { requests: 0, retries: 0 },
      warnings: [],
    });
    expect(emulator.requests).toEqual([]);
  });

  it('the arguments are checked anyway', async () => {
    const { service } = await emulated();
    const error = await failureOf(service.rerank({ query: ' ', documents: [] }));
    expect(error).toBeInstanceOf(InvalidRequestError);
  });
});

function expectRefused(error: unknown, field: string, found: string): void {
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect(error).toMatchObject({
    code: 'COHERE_REQUEST_INVALID',
    diagnosis: {
      title: expect.stringContaining(`${field} must be `),
      detail: expect.stringContaining(found),
    },
  });
}

function* generate() {
  yield 'secret text';
}

async function* generateLater() {
  yield Promise.resolve('secret text');
}

class Hidden {
  readonly #text = 'secret text';
  get length() {
    return this.#text.length;
  }
}

class Itself {
  readonly a = 1;
  toJSON() {
    return this;
  }
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function refuseB(document: string): string {
  return document === 'b' ? fail(`cannot read ${document} of secret text`) : document;
}

function bodyOf({ body }: { readonly body: string }): string {
  return body;
}

function fail(message: string): never {
  throw new TypeError(message);
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) {
      deepFreeze(part);
    }
  }
  return Object.freeze(value);
}
