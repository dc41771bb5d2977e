import { describe, expect, it } from 'vitest';
import {
  escapeUnprintable,
  shorten,
  toOneLine,
} from '../../../../lib/diagnosis/redact/clean-text.js';

describe('one line of text', () => {
  it.each([
    ['a colour', '\u001b[31mred\u001b[0m', 'red'],
    ['a colour of several numbers', '\u001b[1;31mred', 'red'],
    ['a sequence without a number', '\u001b[mred', 'red'],
    ['the shape of the cursor', '\u001b[2 qred', 'red'],
    ['a bell', 'a\u0007b', 'ab'],
    ['an escape that begins nothing', 'a\u001bb', 'ab'],
    ['a zero-width space', 'a\u200bb', 'ab'],
    ['a letter without a width', 'a\u3164\u034f\ufe0fb', 'ab'],
    ['a change of direction', 'a\u202eb', 'ab'],
    ['half of a surrogate pair', 'a\ud83d b\ude00', 'a b'],
  ])('contains nothing that a terminal interprets: %s', (_what, text, shown) => {
    expect(toOneLine(text)).toBe(shown);
  });

  it('keeps letters of every script, and whole emoji', () => {
    expect(toOneLine('naïve ключ 鍵 😀 (a/b)')).toBe('naïve ключ 鍵 😀 (a/b)');
  });

  it('folds white space, and has none around it', () => {
    expect(toOneLine('\n a \r\n\t b  c ')).toBe('a b c');
  });

  it.each([
    ['::error::x', ': :error::x'],
    ['a ::set-env::x', 'a : :set-env::x'],
    ['a::b c:d :e', 'a::b c:d :e'],
    ['(::error::x', '(: :error::x'],
    ['::set-output name=a::b', ': :set-output name=a::b'],
    ['##vso[task.setvariable variable=a]b', '## vso[task.setvariable variable=a]b'],
    ["x ##teamcity[message text='a']", "x ## teamcity[message text='a']"],
    ['#\u200b#vso[a]', '## vso[a]'],
    ['at ::1 or [fe80::1]:80', 'at ::1 or [fe80::1]:80'],
    ['##[error]x', '## [error]x'],
    ['a##[group]x', 'a## [group]x'],
    ['## heading', '## heading'],
  ])('contains no command of a build server: %s', (text, shown) => {
    expect(toOneLine(text)).toBe(shown);
  });

  it('contains only the first 16 KB', () => {
    expect(toOneLine('a'.repeat(100_000))).toHaveLength(16_384);
  });
});

describe('a text that is too long', () => {
  it('is cut after 299 characters, and the cut shows', () => {
    expect(shorten('a'.repeat(300))).toBe('a'.repeat(300));
    expect(shorten('a'.repeat(301))).toBe(`${'a'.repeat(299)}…`);
  });

  it('is not cut inside a character, nor after a blank', () => {
    expect(shorten('a😀bcd', 3)).toBe('a…');
    expect(shorten('😀abcd', 5)).toBe('😀ab…');
    expect(shorten(' a bcd', 4)).toBe(' a…');
  });
});

describe('a line of JSON', () => {
  it('means the same with everything escaped that a terminal interprets', () => {
    const value = 'a\u0085 \u202e\u2028\u2029\u{e0001}\ud800b é😀';
    const escaped = escapeUnprintable(`"${value}"`);

    expect(escaped).toBe('"a\\u0085 \\u202e\\u2028\\u2029\\udb40\\udc01\\ud800b é😀"');
    expect(JSON.parse(escaped)).toBe(value);
  });

  it.each(['::error::x', '##vso[a]b', '##teamcity[a]', '##[group]x'])(
    'contains no command of a build server, and means the same: %s',
    (value) => {
      const escaped = escapeUnprintable(JSON.stringify(value));

      expect(escaped).not.toContain(value.slice(0, 4));
      expect(JSON.parse(escaped)).toBe(value);
    },
  );
});
