import { describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  type CatalogueEntry,
  DIAGNOSIS_CODES,
  isDiagnosisCode,
} from '../../../lib/diagnosis/catalogue.js';
import { docsUrl } from '../../../lib/diagnosis/library.js';

function codesWhere(holds: (entry: CatalogueEntry) => boolean): readonly string[] {
  return DIAGNOSIS_CODES.filter((code) => holds(CATALOGUE[code])).map((code) =>
    code.replace('COHERE_', ''),
  );
}

describe('the catalogue', () => {
  it('lists its codes in the order of the documentation, the key first', () => {
    expect(DIAGNOSIS_CODES[0]).toBe('COHERE_API_KEY_MISSING');
    expect(DIAGNOSIS_CODES.every(isDiagnosisCode)).toBe(true);
    expect(['toString', '__proto__', '', 1, undefined].some(isDiagnosisCode)).toBe(false);
  });

  it('has a section for each code in the documentation', () => {
    expect(docsUrl('COHERE_TIMEOUT')).toBe(
      'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md#cohere_timeout',
    );
  });

  it('retries only what may resolve itself within the deadline of the call', () => {
    expect(codesWhere(({ retry }) => retry === 'throttled')).toEqual(['RATE_LIMITED']);
    expect(codesWhere(({ retry }) => retry === 'transient')).toEqual([
      'UNREACHABLE',
      'UPSTREAM_ERROR',
    ]);
  });

  it('calls a timeout retryable, because a new call has a new deadline', () => {
    expect(codesWhere(({ retry, retryable }) => retryable && retry === undefined)).toEqual([
      'TIMEOUT',
    ]);
    expect(codesWhere(({ retry, retryable }) => !retryable && retry !== undefined)).toEqual([]);
  });

  it('reads the key source again for a 401 only', () => {
    const refused = codesWhere(({ keyRefused }) => keyRefused);
    expect(refused).toEqual(expect.arrayContaining(['API_KEY_REJECTED', 'API_KEY_EXPIRED']));
    expect(refused).not.toContain('API_KEY_FORBIDDEN');
    expect(
      codesWhere(
        ({ keyRefused, exitCode, aboutKey }) => keyRefused && !(exitCode === 77 && aboutKey),
      ),
    ).toEqual([]);
  });

  it('fails a boot for what is certain, and warns of the rest', () => {
    expect(codesWhere(({ boot, aboutKey }) => boot === 'fails' && !aboutKey)).toEqual([
      'CONFIG_INVALID',
      'MODEL_NOT_FOUND',
    ]);
    expect(codesWhere(({ boot, aboutKey }) => boot === 'warns' && aboutKey)).toEqual([]);
  });

  it('is about the key exactly where the error is an AuthenticationError', () => {
    expect(codesWhere(({ aboutKey }) => aboutKey)).toEqual(
      codesWhere(({ error }) => error === 'AuthenticationError'),
    );
  });

  it('is about the whole account for a bad key, a used-up quota and an unpaid bill', () => {
    expect(codesWhere(({ aboutAccount, aboutKey }) => aboutAccount && !aboutKey)).toEqual([
      'QUOTA_EXHAUSTED',
      'BILLING_REQUIRED',
    ]);
    expect(codesWhere(({ aboutAccount, aboutKey }) => aboutKey && !aboutAccount)).toEqual([]);
  });
});
