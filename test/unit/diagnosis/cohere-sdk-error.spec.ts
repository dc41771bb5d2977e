import { HttpException } from '@nestjs/common';
import { Cohere, CohereError, CohereTimeoutError } from 'cohere-ai';
import { describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { createError } from '../../../lib/diagnosis/errors.js';
import { isCohereSdkError } from '../../../lib/diagnosis/sdk-error.js';

type ErrorClass = new (body: never) => Error;

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof CohereError;
}

const SDK_CLASSES = Object.entries(Cohere).filter((entry): entry is [string, ErrorClass] =>
  isErrorClass(entry[1]),
);

class AxiosError extends Error {
  readonly isAxiosError = true;
  readonly code = 'ERR_BAD_REQUEST';
  readonly response = { status: 401, data: { message: 'invalid api token' } };
}

class PrismaClientKnownRequestError extends Error {
  readonly code = 'P2002';
  readonly statusCode = 400;
}

/** Another SDK of the same generator: the same fields, another name. */
class ElevenLabsError extends Error {
  readonly statusCode = 401;
  readonly body = {};
  readonly rawResponse = {
    status: 401,
    url: 'https://api.elevenlabs.io/v1',
    headers: new Headers(),
  };
}

class Minified extends Error {
  readonly statusCode = 401;
  readonly body = {};
  readonly rawResponse = { status: 401, url: 'https://api.cohere.com/v2/rerank' };
}

describe('an error of cohere-ai', () => {
  it('is recognized in more than ten classes', () => {
    expect(SDK_CLASSES.length).toBeGreaterThan(10);
  });

  it.each(SDK_CLASSES)('%s is recognised', (_name, SdkError) => {
    expect(isCohereSdkError(Reflect.construct(SdkError, [{ message: 'x' }]))).toBe(true);
  });

  it.each([
    ['CohereError', new CohereError({ message: 'fetch failed' })],
    [
      'CohereTimeoutError',
      new CohereTimeoutError('Timeout exceeded when calling POST /v2/rerank.'),
    ],
    ['a subclass', new (class extends CohereError {})({ statusCode: 402 })],
    ['one whose name a minifier took', new Minified('x')],
  ])('%s is recognised', (_name, error) => {
    expect(isCohereSdkError(error)).toBe(true);
  });
});

/** Somebody else's class may have the name too. */
function namedCohereError(): new (message: string) => Error {
  class Other extends Error {}
  return Object.defineProperty(Other, 'name', { value: 'CohereError' });
}

const FOREIGN: readonly (readonly [string, unknown])[] = [
  ['an axios error', new AxiosError('401')],
  ['a Prisma error', new PrismaClientKnownRequestError('unique')],
  ['an HttpException', new HttpException('no', 401)],
  ['a SDK of the same generator', new ElevenLabsError('no')],
  ['a class that only has the name', new (namedCohereError())('x')],
  ['an error with a status', Object.assign(new Error('x'), { statusCode: 401, body: {} })],
  ['our own error', createError(createDiagnosis('COHERE_TIMEOUT', { detail: 'x' }))],
  [
    'an object that only looks like one',
    { name: 'CohereError', statusCode: 401, body: {}, rawResponse: {} },
  ],
  ['a class, not an error', CohereError],
  ['a revoked proxy', revokedProxy()],
  ['nothing', undefined],
  ['null', null],
  ['a string', 'CohereError'],
];

describe('anything else', () => {
  it.each(FOREIGN)('is not taken for one: %s', (_name, error) => {
    expect(isCohereSdkError(error)).toBe(false);
  });
});

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
