import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../../lib/transport/retry.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    ['120', 120_000],
    [' 2 ', 2_000],
    ['0.3', 300],
    ['1.0004', 1_001],
    ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
    ['Saturday, 21-Nov-26 12:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 11:59:00 GMT', 0],
  ])('"%s" means a wait of %d ms', (header, milliseconds) => {
    expect(parseRetryAfter(header, NOW)).toBe(milliseconds);
  });

  it.each([
    '',
    '-1',
    'soon',
    '1e9',
    '0x10',
    '5s',
    'NaN',
    'Infinity',
    'Sat, 99 Nov',
    'Sat, 99 Nov 2026 12:00:30 GMT',
    // Date.parse takes a time zone after the time, and passes over what is in parentheses.
    'Sat, 21 Nov 2026 12:00:30 GMT+0200',
    '(soon) Sat, 21 Nov 2026 12:00:30 GMT',
  ])('"%s" is ignored', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined();
  });

  it('is ignored when it is not there', () => {
    expect(parseRetryAfter(undefined, NOW)).toBeUndefined();
  });

  it('counts once when it was sent twice', () => {
    expect(parseRetryAfter(['3', '60'], NOW)).toBe(3_000);
  });
});
