import { describe, expect, it } from 'vitest';
import {
  describeValue,
  describeType,
  looksLikeSecret,
} from '../../../lib/config/describe-value.js';
import { KEY } from './working-directory.js';

const HIDDEN = /that may be a secret and is not shown$/;

describe('a wrong value', () => {
  it.each<[string, unknown]>([
    ['the number 5', 5],
    ['the boolean false', false],
    ['the bigint 12', 12n],
    ['nothing', undefined],
    ['null', null],
    ['an array', [KEY]],
    ['an object', { KEY }],
    ['a function', () => KEY],
    ['a symbol', Symbol('x')],
    ['an empty text', ''],
    ['a blank text', '\n'],
    ['"soon"', 'soon'],
    [String.raw`"a\n\"b\""`, 'a\n"b"'],
    [`"${'-'.repeat(60)}"`, '-'.repeat(60)],
    [`"${'-'.repeat(60)}…"`, '-'.repeat(61)],
  ])('is described as %s', (description, value) => {
    expect(describeValue(value)).toBe(description);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an object', [KEY]],
    ['a string', KEY],
    ['a number', 5],
  ])('that must not be shown is %s', (kind, value) => {
    expect(describeType(value)).toBe(kind);
  });

  it.each(['\u007f', '\u009f', '\u200b', '\u200f', '\u2028', '\u202e', '\u2060', '\ufeff'])(
    'escapes a character that is invisible or changes the text around it: %j',
    (character) => {
      const number = character.charCodeAt(0).toString(16).padStart(4, '0');

      expect(describeValue(`a${character}b${character}`)).toBe(`"a\\u${number}b\\u${number}"`);
    },
  );

  it.each([
    ['the secret itself', 'hunter2', 'hunter2'],
    ['text around the secret', 'my hunter2!', ' hunter2\n'],
    ['eight characters of the secret', 'unter2-a', 'hunter2-abc'],
  ])('is not shown where it is %s', (_, text, secret) => {
    expect(describeValue(text, ['other', secret])).toMatch(HIDDEN);
  });

  it.each([
    ['four characters of a secret, as a word may have', 'nter', 'hunter2-abc'],
    ['anything, beside a secret that is blank', 'hunter2', ' '],
  ])('is shown where it is %s', (_, text, secret) => {
    expect(describeValue(text, [secret])).toBe(`"${text}"`);
  });

  it.each([
    'abcdefghijklmnopqrs1',
    'ABCDEFGHIJKLMNOPQRSTu',
    `x ${KEY} y`,
    ' sk-1234 ',
    'me:pw@host',
    'https://me@host',
    'a:b@c@d',
    'Bearer abc',
    'BASIC abc',
  ])('looks like a secret: %s', (text) => {
    expect(looksLikeSecret(text)).toBe(true);
    expect(describeValue(text)).toMatch(HIDDEN);
  });

  it.each([
    'abcdefghijklmnopqr1',
    'abcdefghijklmnopqrstuvwxyz',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    'abcdefghij-klmnopqrst-1234567890',
    'me@host',
    'me@host:80',
    'me@http://host',
    'bearers of news',
    'a bearer token',
  ])('does not look like a secret: %s', (text) => {
    expect(looksLikeSecret(text)).toBe(false);
  });
});
