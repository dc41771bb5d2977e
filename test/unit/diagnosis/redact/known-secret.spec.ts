import { describe, expect, it } from 'vitest';
import { redactKnownSecrets } from '../../../../lib/diagnosis/redact/known-secret.js';
import { CANARY } from '../fixtures.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const percent = (text: string): string => hex(text).replace(/../g, '%$&');

/** Random, and no longer than the shortest whose pieces count. */
const SHORT = 'k7Qm2xZp';

interface Hidden {
  readonly secret: string;
  readonly text: string;
  readonly shown: string;
}

function expectShown({ secret, text, shown }: Hidden): void {
  expect(redactKnownSecrets(text, [secret])).toBe(shown);
}

describe('a key is taken out', () => {
  it.each<[string, Hidden]>([
    ['as the whole text', { secret: 'abcd', text: 'abcd', shown: '[redacted]' }],
    ['of four characters', { secret: 'a1b2', text: 'key a1b2.', shown: 'key [redacted].' }],
    ['twice', { secret: 'a1b2', text: 'a1b2, a1b2', shown: '[redacted], [redacted]' }],
    [
      'of eight, in base64',
      { secret: SHORT, text: `got ${base64(SHORT)}`, shown: 'got [redacted]' },
    ],
    ['of eight, masked', { secret: SHORT, text: 'got k7Q…xZp', shown: 'got [redacted]' }],
    ['of eight, but for its ends', { secret: SHORT, text: 'see 7Qm2xZ', shown: 'see [redacted]' }],
    ['in upper case', { secret: CANARY, text: CANARY.toUpperCase(), shown: '[redacted]' }],
    ['in lower case', { secret: CANARY, text: CANARY.toLowerCase(), shown: '[redacted]' }],
    ['of upper case in lower', { secret: 'AB12CD34EF', text: 'ab12cd34ef', shown: '[redacted]' }],
    [
      'as eight characters out of the middle',
      { secret: CANARY, text: `at ${CANARY.slice(10, 18)}`, shown: 'at [redacted]' },
    ],
    [
      'as its last eight characters after others',
      { secret: CANARY, text: `at (x${CANARY.slice(-8)})`, shown: 'at ([redacted])' },
    ],
    [
      'of many parts, behind escapes',
      { secret: 'Q-7-W-3-k-9', text: `got ${percent('Q-7-W-3-k-9')}`, shown: 'got [redacted]' },
    ],
    [
      'with what is written against it',
      { secret: CANARY, text: `x-${CANARY}-y.`, shown: '[redacted].' },
    ],
    [
      'once, where two traces of it touch',
      { secret: CANARY, text: `${CANARY}=•••${CANARY.slice(-3)}.`, shown: '[redacted].' },
    ],
  ])('%s', (_where, hidden) => {
    expectShown(hidden);
  });

  const plus = 'k>>Qk>>7k>>Wk>>3';
  const slash = 'k??Qk??7k??Wk??3';
  it.each<[string, Hidden]>([
    ['base64url with -', { secret: plus, text: `got ${base64url(plus)}`, shown: 'got [redacted]' }],
    [
      'base64url with _',
      { secret: slash, text: `got ${base64url(slash)}`, shown: 'got [redacted]' },
    ],
    ['base64 with +', { secret: plus, text: `got ${base64(plus)}`, shown: 'got [redacted]' }],
    ['base64 with /', { secret: slash, text: `got ${base64(slash)}`, shown: 'got [redacted]' }],
    [
      'base64url with - that was cut',
      { secret: plus, text: `got ${base64url(plus).slice(0, 8)}`, shown: 'got [redacted]' },
    ],
    [
      'base64url with _ that was cut',
      { secret: slash, text: `got ${base64url(slash).slice(0, 8)}`, shown: 'got [redacted]' },
    ],
    [
      'base64 that was cut after four characters',
      { secret: CANARY, text: `got ${base64(CANARY).slice(0, 4)}`, shown: 'got [redacted]' },
    ],
    [
      'base64 that was cut, after one other byte',
      { secret: CANARY, text: `got ${base64(`x${CANARY}`).slice(0, 9)}`, shown: 'got [redacted]' },
    ],
    [
      'base64 that was cut, after two other bytes',
      { secret: CANARY, text: `got ${base64(`xx${CANARY}`).slice(0, 9)}`, shown: 'got [redacted]' },
    ],
    [
      'hex that was cut',
      { secret: CANARY, text: `got ${hex(CANARY).slice(0, 15)}`, shown: 'got [redacted]' },
    ],
  ])('in %s', (_form, hidden) => {
    expectShown(hidden);
  });

  const [two, end] = [CANARY.slice(0, 2), CANARY.slice(-2)];
  it.each(['**', '..', '…', 'xxx', 'XXX', '---', '___', '[]', '[MASKED]', '<>', '<hidden>', '##'])(
    'where no more than two characters at each end of %s are left',
    (mask) => {
      const secret = CANARY;
      expectShown({ secret, text: `key ${two}${mask}${end} is`, shown: 'key [redacted] is' });
    },
  );

  it.each<[string, Hidden]>([
    [
      'a word is one part of it',
      { secret: 'prod-a8Kd02mZ9Qw', text: 'it ends in mZ9Qw', shown: 'it ends in [redacted]' },
    ],
    [
      'it is short and random',
      { secret: 'a8Kd02mZ9Qw', text: 'it begins with a8Kd', shown: 'it begins with [redacted]' },
    ],
    [
      'it is of letters alone',
      { secret: 'QmwZxKpVnLs', text: 'it begins with QmwZ', shown: 'it begins with [redacted]' },
    ],
    [
      'it is of small letters and digits',
      { secret: 'q8kd02mz9w', text: 'it begins with q8kd', shown: 'it begins with [redacted]' },
    ],
    [
      'it is longer than any word',
      {
        secret: 'qwzxkpvnlsbgrydh',
        text: 'it begins with qwzx',
        shown: 'it begins with [redacted]',
      },
    ],
  ])('by its ends alone, though %s', (_what, hidden) => {
    expectShown(hidden);
  });
});

describe('what only resembles a part of the key stays', () => {
  it.each([
    ['abcd', 'abcde xabcd 1abcd abcd2'],
    [CANARY, `the ${CANARY.slice(0, 3)}. Or ${CANARY.slice(0, 3)}xx, ${CANARY.slice(0, 3)}__`],
    [CANARY, `a **** b, ${CANARY.slice(0, 2)}*** and ***${CANARY.slice(-2)}`],
    [CANARY, `${CANARY.slice(0, 3)}[with blanks] <with blanks>${CANARY.slice(-3)}`],
    [CANARY, `limited to ${hex(CANARY).slice(0, 4)} calls`],
    [CANARY, `${CANARY.slice(10, 17)} is seven characters`],
    [CANARY, `it ends with ${base64(CANARY).slice(0, 3)}`],
    ['local-dev-token', 'the model is local'],
    ['Local-dev-token', 'Local model'],
    ['LOCAL-dev-token', 'LOCAL model'],
    ['2025-local-key', 'it is 2025 now'],
    ['my--local__key', 'a local one, my local'],
  ])('of %s: %s', (secret, text) => {
    expect(redactKnownSecrets(text, [secret])).toBe(text);
  });
});
