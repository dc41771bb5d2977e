import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HIDDEN, hideSecrets, holdsSecret } from '../../../../lib/diagnosis/redact/known-secret.js';
import { CANARY, writtenForms } from '../fixtures.js';

const codes = (text: string): readonly number[] => Array.from(text, (c) => c.charCodeAt(0));
const hex = (text: string): string => Buffer.from(text).toString('hex');
const escapeAll = (text: string, write: (hexCode: string, code: number) => string): string =>
  codes(text)
    .map((code) => write(code.toString(16), code))
    .join('');
const grouped = (size: number, separator: string) => (text: string) =>
  (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(separator);

/** Ways in which gateways, proxies and shells write a text back. */
const ENCODINGS: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in upper case', (text) => text.toUpperCase()],
  ['in lower case', (text) => text.toLowerCase()],
  ['base64', (text) => Buffer.from(text).toString('base64')],
  ['base64 after one byte', (text) => Buffer.from(`x${text}`).toString('base64')],
  ['base64 after Bearer', (text) => Buffer.from(`Bearer ${text}`).toString('base64')],
  ['base64url', (text) => Buffer.from(`ab${text}`).toString('base64url')],
  ['base64 in lines', (text) => grouped(16, '\n')(Buffer.from(text).toString('base64'))],
  [
    'base64 with percent escapes',
    (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
  ],
  ['hex', hex],
  ['hex in upper case', (text) => hex(text).toUpperCase()],
  ['spaced hex', (text) => grouped(2, ' ')(hex(text))],
  ['hex with colons', (text) => grouped(2, ':')(hex(text))],
  ['a list of bytes', (text) => escapeAll(text, (code) => `0x${code}, `)],
  ['a list of bytes in JSON', (text) => JSON.stringify(Buffer.from(text))],
  ['percent', (text) => escapeAll(text, (code) => `%${code}`)],
  ['percent, twice', (text) => escapeAll(text, (code) => `%25${code}`)],
  ['escapes of JSON', (text) => escapeAll(text, (code) => `\\u00${code}`)],
  ['JSON in JSON', (text) => JSON.stringify(JSON.stringify({ key: `"${text}"` }))],
  ['\\x51', (text) => escapeAll(text, (code) => `\\x${code}`)],
  ['\\u{51}', (text) => escapeAll(text, (code) => `\\u{${code}}`)],
  ['octal', (text) => escapeAll(text, (_hex, code) => `\\${code.toString(8).padStart(3, '0')}`)],
  ['decimal entities', (text) => escapeAll(text, (_hex, code) => `&#${code};`)],
  ['hexadecimal entities', (text) => escapeAll(text, (code) => `&#x${code};`)],
  ['groups of four', grouped(4, '-')],
  ['lines of seven', grouped(7, '\r\n  ')],
  ['one character at a time', grouped(1, ' ')],
];

const ALPHABET = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');

function expectAlways<T>(property: fc.IProperty<T>): void {
  expect(fc.check(property, { numRuns: 300 }).counterexample).toBeNull();
}

const key = fc.string({
  unit: fc.constantFrom(...ALPHABET, '-', '_'),
  minLength: 20,
  maxLength: 60,
});
const around = fc.string({ maxLength: 20 });

describe('a text that holds eight characters of a key in a row is hidden', () => {
  it.each(ENCODINGS)('%s', (_name, encode) => {
    expectAlways(
      fc.property(
        key,
        fc.nat(52),
        fc.nat(40),
        around,
        around,
        (secret, at, more, before, after) => {
          const start = Math.min(at, secret.length - 8);
          const piece = secret.slice(start, start + 8 + more);
          // A piece of separators alone is not one.
          fc.pre(piece.replace(/[-_]/g, '').length >= 8);
          return hideSecrets(`${before} ${encode(piece)} ${after}`, [secret]) === HIDDEN;
        },
      ),
    );
  });

  it.each(writtenForms(CANARY))('%s', (form) => {
    expect(hideSecrets(`before ${form} after`, [CANARY])).toBe(HIDDEN);
  });

  it.each([
    'кey "with" & \n<all> é😀',
    'a1&<b2>"c3&<d4',
    'k>>Qk>>7k>>Wk>>3',
    'k??Qk??7k??Wk??3',
    'Q-7-W-3-k-9',
    'k7Qm2xZp',
  ])('also of %j', (secret) => {
    const base64 = Buffer.from(`x${secret}`).toString('base64');
    const inJson = JSON.stringify({ secret, url: encodeURIComponent(secret) });

    expect(holdsSecret(inJson, [secret])).toBe(true);
    expect(holdsSecret(`got ${base64}`, [secret])).toBe(true);
    expect(holdsSecret(secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;'), [secret])).toBe(
      true,
    );
  });

  it('whichever of several secrets it is', () => {
    expect(hideSecrets(`no ${CANARY}`, ['another-secret', CANARY])).toBe(HIDDEN);
  });
});

describe('a text that names a key by its ends is hidden', () => {
  const [first, last] = [CANARY.slice(0, 4), CANARY.slice(-4)];
  const MASKS = [
    '****',
    '**',
    '...',
    '..',
    '…',
    '••••',
    'xxxx',
    'XXX',
    '---',
    '___',
    '[MASKED]',
    '<hidden>',
    '##',
  ];

  it.each(MASKS)('around %s', (mask) => {
    for (const shown of [
      `${first}${mask}`,
      `${mask}${last}`,
      `${first.slice(0, 2)}${mask}${last}`,
    ]) {
      expect(hideSecrets(`the key "${shown}" is bad`, [CANARY])).toBe(HIDDEN);
    }
  });

  it.each([first, last, CANARY.slice(0, 7), CANARY.slice(-7)])('as the word %s', (word) => {
    expect(hideSecrets(`the key that is named ${word}`, [CANARY])).toBe(HIDDEN);
  });
});

describe('a text without a part of the key stays', () => {
  it.each([
    [CANARY, 'model not found'],
    [CANARY, `${CANARY.slice(10, 17)} is seven characters`],
    [CANARY, `a **** b, ${CANARY.slice(0, 2)}*** and ***${CANARY.slice(-2)}`],
    ['local-dev-token', 'the model is local; see the token page'],
    ['2025-local-key', 'it is 2025 now'],
    ['', 'must begin with http'],
    ['h', 'must begin with http'],
    ['ttp', 'must begin with http'],
    ['abcd', 'abcde xabcd 1abcd abcd2'],
  ])('of %j: %s', (secret, text) => {
    expect(hideSecrets(text, [secret])).toBe(text);
  });

  it('but a key of four to seven characters counts where all of it is a word', () => {
    expect(hideSecrets('key EMPTY is invalid', ['EMPTY'])).toBe(HIDDEN);
  });

  it('at random', () => {
    expectAlways(
      fc.property(key, fc.lorem({ maxCount: 30 }), (secret, text) => !holdsSecret(text, [secret])),
    );
  });
});
