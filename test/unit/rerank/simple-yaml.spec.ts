import {
  anything,
  array,
  assert,
  boolean,
  constantFrom,
  dictionary,
  double,
  integer,
  letrec,
  oneof,
  property,
  record,
  string,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as yaml from 'yaml';
import { simpleYaml } from '../../../lib/rerank/documents/simple-yaml.js';
import { toYaml } from '../../../lib/rerank/documents/to-yaml.js';

/** Pieces that mean something to YAML somewhere, and some that never do. */
const piece = constantFrom(
  ...[
    'a',
    'Z',
    'é',
    '🙂',
    '漢',
    '0',
    '7',
    '-',
    '--',
    '---',
    '.',
    '...',
    '%',
    '#',
    ':',
    ',',
    '?',
    '!',
  ],
  ...[
    '&',
    '*',
    '|',
    '>',
    '@',
    '`',
    '~',
    '"',
    "'",
    '\\',
    '[',
    ']',
    '{',
    '}',
    '+',
    '=',
    '<<',
    '_',
    '/',
  ],
  ...[' ', '  ', '\t', '\n', '\n\n', '\r', ': ', ' #', '- ', '? ', ' \n', '\n '],
  ...['true', 'no', 'null', 'NaN', '.inf', '0x1F', '1e3', '2026-11-21', '12:30', 'word and word'],
);
const text = oneof(
  array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
  string({ unit: 'binary', maxLength: 12 }),
);
const key = oneof(text, constantFrom('title', 'body', 'TRUE', 'null', '_id', 'a1'));

const { tree } = letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  leaf: oneof(
    text,
    integer(),
    double(),
    boolean(),
    constantFrom(null, undefined, new Date(0), new Date(Number.NaN), 10n),
  ),
  tree: oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    array(tie('tree'), { maxLength: 4 }),
    dictionary(key, tie('tree'), { maxKeys: 4 }),
  ),
}));

function library(document: object): string | Error {
  try {
    return toYaml(yaml, document);
  } catch (error) {
    return error instanceof Error ? error : new Error('unknown');
  }
}

describe('an object written without the library', () => {
  it('reads exactly as the library would have written it', () => {
    assert(
      property(
        oneof(dictionary(key, tree, { maxKeys: 4 }), array(tree, { maxLength: 4 })),
        (document) => {
          const own = simpleYaml(document);
          expect(own ?? library(document)).toEqual(library(document));
        },
      ),
      { numRuns: 150_000 },
    );
  });

  it('reads exactly as the library would have written it, whatever it is', () => {
    assert(
      property(
        anything({ withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
        (value) => {
          const document = { value };
          const own = simpleYaml(document);
          expect(own ?? library(document)).toEqual(library(document));
        },
      ),
      { numRuns: 40_000 },
    );
  });

  it('is the usual case: an article needs no library', () => {
    assert(
      property(
        record({
          title: constantFrom('Reset a password', 'Note: read this', 'What "it" is'),
          id: integer(),
        }),
        (article) => {
          const document = {
            ...article,
            body: 'First line.\n\nSecond: with a colon, and # a hash.\n',
            tags: ['a', 'b c'],
            author: { name: 'Ada', joined: new Date(0) },
            parts: [{ a: 1, b: null }, []],
          };
          expect(simpleYaml(document)).toBe(library(document));
        },
      ),
    );
  });

  it.each([
    ['a class instance', new (class Article {})()],
    ['a map', new Map([['a', 1]])],
    ['an object with toJSON', { toJSON: () => 'x' }],
    ['a function in it', { run: () => undefined }],
    ['itself', selfContaining()],
  ])('leaves %s to the library', (_, document) => {
    expect(simpleYaml(document)).toBeUndefined();
  });
});

function selfContaining(): object {
  const document: Record<string, unknown> = {};
  document['self'] = document;
  return document;
}
