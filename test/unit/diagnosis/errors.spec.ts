import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { diagnose } from '../../../lib/diagnosis/diagnose.js';
import { badTimeout, CANARY, quotedKey } from './fixtures.js';
import { CATALOGUE, DIAGNOSIS_CODES } from '../../../lib/diagnosis/catalogue.js';
import {
  AuthenticationError,
  ConfigurationError,
  createError,
  DiagnosedError,
  InvalidRequestError,
  problemsOf,
  QuotaError,
  RateLimitError,
  TimeoutError,
  UnavailableError,
} from '../../../lib/diagnosis/errors.js';

afterEach(() => {
  vi.resetModules();
});

describe('the error of a code', () => {
  const PUBLISHED = [
    ['COHERE_API_KEY_MISSING', AuthenticationError, 401, 78],
    ['COHERE_API_KEY_MALFORMED', AuthenticationError, 401, 78],
    ['COHERE_API_KEY_PLACEHOLDER', AuthenticationError, 401, 78],
    ['COHERE_API_KEY_FOREIGN', AuthenticationError, 401, 78],
    ['COHERE_API_KEY_FILE_UNREADABLE', AuthenticationError, 401, 78],
    ['COHERE_API_KEY_SOURCE_FAILED', AuthenticationError, 401, 78],
    ['COHERE_API_KEY_REJECTED', AuthenticationError, 401, 77],
    ['COHERE_API_KEY_EXPIRED', AuthenticationError, 401, 77],
    ['COHERE_API_KEY_FORBIDDEN', AuthenticationError, 401, 77],
    ['COHERE_API_KEY_WRONG_ORGANIZATION', AuthenticationError, 401, 77],
    ['COHERE_API_KEY_TRIAL', AuthenticationError, 401, 77],
    ['COHERE_CONFIG_INVALID', ConfigurationError, 500, 78],
    ['COHERE_REQUEST_INVALID', InvalidRequestError, 400, 78],
    ['COHERE_MODEL_NOT_FOUND', InvalidRequestError, 404, 78],
    ['COHERE_RATE_LIMITED', RateLimitError, 429, 69],
    ['COHERE_QUOTA_EXHAUSTED', QuotaError, 429, 69],
    ['COHERE_BILLING_REQUIRED', QuotaError, 402, 69],
    ['COHERE_UNREACHABLE', UnavailableError, 502, 69],
    ['COHERE_BLOCKED', UnavailableError, 502, 69],
    ['COHERE_UPSTREAM_ERROR', UnavailableError, 502, 69],
    ['COHERE_RESPONSE_INVALID', UnavailableError, 502, 69],
    ['COHERE_TIMEOUT', TimeoutError, 504, 69],
  ] as const;

  it.each(PUBLISHED)('%s is a %o with HTTP %i and exit code %i', (code, kind, http, exit) => {
    const error = createError(createDiagnosis(code, { detail: 'seen' }));

    expect(error).toBeInstanceOf(DiagnosedError);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ name: kind.name, code, message: error.diagnosis.title });
    expect(error.diagnosis).toMatchObject({ httpStatus: http, exitCode: exit, detail: 'seen' });
  });

  it('is published for every code', () => {
    expect(PUBLISHED.map(([code]) => code).toSorted()).toEqual(DIAGNOSIS_CODES.toSorted());
  });

  it('prints nothing but its stack, and has no cause', () => {
    const error = createError({ ...quotedKey(), detail: CANARY });

    expect(Object.keys(error)).toEqual([]);
    expect('cause' in error).toBe(false);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(CANARY);
  });

  it('is its diagnosis as JSON', () => {
    const error = createError(quotedKey());

    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'AuthenticationError',
      ...quotedKey(),
    });
  });

  it('carries the Retry-After that Cohere sent', () => {
    const error = createError(createDiagnosis('COHERE_RATE_LIMITED', { detail: 'x' }), 1_500);

    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toHaveProperty('retryAfterMs', 1_500);
  });

  it('carries it if Cohere is unavailable too, and nothing if Cohere sent none', () => {
    const unavailable = createDiagnosis('COHERE_UPSTREAM_ERROR', { detail: 'x' });

    expect(createError(unavailable, 1_500)).toHaveProperty('retryAfterMs', 1_500);
    expect(createError(unavailable)).toHaveProperty('retryAfterMs', undefined);
    expect(createError(quotedKey(), 1_500)).not.toHaveProperty('retryAfterMs');
  });

  it('can be renamed, as any error can', () => {
    const error = createError(createDiagnosis('COHERE_TIMEOUT', { detail: 'late' }));
    error.name = 'SearchTimeout';
    expect([error.name, error instanceof TimeoutError]).toEqual(['SearchTimeout', true]);
    expect(TimeoutError.prototype.name).toBe('TimeoutError');
  });

  it('is an instance of its own class, and of none of its siblings', () => {
    const classes = [
      AuthenticationError,
      ConfigurationError,
      InvalidRequestError,
      QuotaError,
      RateLimitError,
      TimeoutError,
      UnavailableError,
    ];
    for (const code of DIAGNOSIS_CODES) {
      const error = createError(createDiagnosis(code, { detail: 'x' }));
      const names = classes.filter((one) => error instanceof one).map((one) => one.name);

      expect(names).toEqual([CATALOGUE[code].error]);
    }
  });

  it.each([
    undefined,
    null,
    'AuthenticationError',
    { name: 'AuthenticationError' },
    new Error('x'),
  ])('does not match %s', (value) => {
    expect(value instanceof AuthenticationError).toBe(false);
    expect(value instanceof DiagnosedError).toBe(false);
  });

  it('has the problems of the configuration, or one: its own', () => {
    const problems = [quotedKey(), badTimeout()];

    expect(problemsOf(new ConfigurationError(badTimeout(), problems))).toBe(problems);
    expect(problemsOf(createError(quotedKey()))).toEqual([quotedKey()]);
  });

  it('of the configuration holds every problem', () => {
    const problems = [quotedKey(), badTimeout()];

    expect(new ConfigurationError(badTimeout(), problems).problems).toBe(problems);
    expect(new ConfigurationError(badTimeout()).problems).toEqual([badTimeout()]);
  });
});

async function otherCopy(): Promise<DiagnosedError> {
  vi.resetModules();
  const copy = await import('../../../lib/diagnosis/errors.js');
  expect(copy.AuthenticationError).not.toBe(AuthenticationError);
  return copy.createError(quotedKey());
}

describe('two copies of the library in one process', () => {
  it("recognize each other's errors by class", async () => {
    const error: unknown = await otherCopy();

    expect(error instanceof AuthenticationError).toBe(true);
    expect(error instanceof DiagnosedError).toBe(true);
    expect(error instanceof RateLimitError).toBe(false);
    expect(diagnose(error)).toEqual(quotedKey());
  });

  it('recognize them by a mark that no version changes', () => {
    const mark = Symbol.for('nestjs-cohere.error');
    const base = Object.create(Error.prototype, { [mark]: { value: 'DiagnosedError' } });
    const other: unknown = Object.create(
      Object.create(base, { [mark]: { value: 'AuthenticationError' } }),
    );

    expect(other instanceof AuthenticationError).toBe(true);
    expect(other instanceof DiagnosedError).toBe(true);
    expect(other instanceof RateLimitError).toBe(false);
  });

  it('do not take a subclass of the app for their own class', () => {
    class AppError extends AuthenticationError {}
    const own = new AppError(quotedKey());

    expect(own instanceof AppError).toBe(true);
    expect(own instanceof DiagnosedError).toBe(true);
    expect(own instanceof RateLimitError).toBe(false);
    expect(createError(quotedKey()) instanceof AppError).toBe(false);
    expect(new AppError(quotedKey()) instanceof AuthenticationError).toBe(true);
  });
});
