import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../lib/diagnosis/diagnose.js';
import { classNames, isCohereSdkError } from '../../../lib/diagnosis/sdk-error.js';
import { CANARY } from './fixtures.js';

class CohereError extends Error {}
class CohereTimeoutError extends Error {}
class JsonError extends Error {}
class ParseError extends Error {}

const URL_OF_RERANK = 'https://api.cohere.com/v2/rerank';

/** As cohere-ai throws it; its three fields are there also where they are undefined. */
function sdkError(message: string, fields: object = {}): Error {
  const absent = { statusCode: undefined, body: undefined, rawResponse: undefined };
  return Object.assign(new CohereError(message), absent, fields);
}

function answered(status: number, body: unknown, headers: unknown = new Headers()): Error {
  const rawResponse = { status, url: URL_OF_RERANK, headers };
  return sdkError('x', { statusCode: status, body, rawResponse });
}

function unread(message: string, status: number): Error {
  return sdkError(message, { rawResponse: { status, url: URL_OF_RERANK } });
}

function refusedBy(ErrorClass: typeof JsonError, errors: unknown): Error {
  return Object.assign(new ErrorClass('x'), { errors });
}

const TOKEN = 'when initializing the client, or set it';
const BYTES = 'Cannot convert argument to a ByteString because the character at index 7';

const ERRORS: readonly (readonly [string, unknown])[] = [
  ['a status', answered(429, { message: 'slow down' })],
  ['a status alone', sdkError('x', { statusCode: 500 })],
  ['no address', sdkError('x', { statusCode: 500, rawResponse: { url: 'nowhere' } })],
  ['no host', sdkError('x', { statusCode: 500, rawResponse: { url: 'data:text/plain,x' } })],
  ['the timeout of the SDK', new CohereTimeoutError('x')],
  ['the word timeout', sdkError('timeout')],
  ['the quoted word timeout', unread('"timeout"', 0)],
  ['the cause timeout', sdkError('x', { cause: 'timeout' })],
  ['no timeout', sdkError('a timeout')],
  ['no timeout either', sdkError('timeouts')],
  ['no token', sdkError(`Please provide 'token' ${TOKEN}`)],
  ['no token, unquoted', sdkError(`Please provide token ${TOKEN}`)],
  ['a message about tokens', sdkError(`x Please provide token ${TOKEN}`)],
  ['no URL', sdkError(`Failed to parse URL from ${CANARY}`)],
  ['a message about URLs', sdkError('x Failed to parse URL from y')],
  ['a network failure', sdkError('x', { cause: Object.assign(new Error(), { code: 'EPIPE' }) })],
  ['a header with a line break', sdkError('x', { cause: new Error('Headers.set: "Bearer a') })],
  ['a status without a body', unread('x', 499)],
  ['the smallest status', unread('x', 100)],
  ['no status', unread('x', 99)],
  ['bad JSON', sdkError('invalid JSON')],
  ['an unexpected token', sdkError('Unexpected token < in x')],
  ['an unexpected end', sdkError('Unexpected end of input')],
  ['an unexpected rest', sdkError('Unexpected non-whitespace character')],
  ['an unexpected something', sdkError('x Unexpected token')],
  ['a request that is wrong', refusedBy(JsonError, [{ path: ['documents', '[0]'] }])],
  ['a response that is wrong', refusedBy(ParseError, [{ path: ['results'] }, { path: ['id'] }])],
  [
    'a missing key',
    refusedBy(JsonError, [{ path: ['a'], message: 'Missing required key "model"; got x' }]),
  ],
  [
    'keys that are not where they should be',
    refusedBy(JsonError, [{ path: [], message: 'x Missing required key "model"' }]),
  ],
  [
    'more than five',
    refusedBy(
      JsonError,
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ path: [name] })),
    ),
  ],
  [
    'paths that may be anything',
    refusedBy(JsonError, [{ path: ['a b', '7', 'ok', `x${'y'.repeat(41)}`, 7] }, { path: 'no' }]),
  ],
  ['no paths', refusedBy(ParseError, [])],
  ['a header that is set', new TypeError(`Headers.set: "Bearer ${CANARY}\n" is invalid`)],
  ['a header that is added', new TypeError(`Headers.append: "Bearer ${CANARY}" is invalid`)],
  ['a curly quotation mark', new TypeError(`${BYTES} has a value of 8217 which is greater`)],
  ['a letter', new TypeError(`${BYTES} has a value of 256 which is greater`)],
  ['an emoji', new TypeError(`${BYTES} has a value of 128512 which is greater`)],
  ['a character of two digits', new TypeError(`${BYTES} has a value of 12 which is greater`)],
  ['some character', new TypeError(BYTES)],
];

function describeDiagnosis(error: unknown): string {
  const diagnosis = diagnose(error);
  if (diagnosis === undefined) {
    return '  nothing\n';
  }
  const { code, title, detail, fix } = diagnosis;
  return [`  ${code}: ${title}`, `  ${detail}`, ...fix.map((step) => `  - ${step}`), ''].join('\n');
}

describe('an error around a call', () => {
  it('is described, word for word, as in its golden file', async () => {
    const texts = ERRORS.map(([name, error]) => `${name}\n${describeDiagnosis(error)}`).join('\n');

    expect(texts).not.toContain(CANARY);
    await expect(texts).toMatchFileSnapshot('golden/sdk-errors.txt');
  });

  it.each<[string, unknown]>([
    ['what its caller aborted', sdkError('The user aborted a request')],
    ['what was aborted before', sdkError('x', { rawResponse: { status: 499, url: '' } })],
    ['a list of errors of another library', refusedBy(validationError(), [{ path: ['a'] }])],
    ['an error of the name, without its list', new JsonError('x')],
    ['another use of headers', new TypeError('Headers.set: "text/html" is invalid')],
    ['a brand without a diagnosis', branded({})],
    ['a brand with half a diagnosis', branded({ diagnosis: { code: 'COHERE_TIMEOUT' } })],
    ['a brand with the other half', branded({ diagnosis: { fix: [] } })],
    ['an abort with a code', Object.assign(new DOMException('x', 'AbortError'))],
    [
      'an abort of another client',
      Object.assign(new Error('x'), { name: 'AbortError', code: 'ECONNRESET' }),
    ],
    [
      'a timeout of axios',
      Object.assign(new Error('x'), { isAxiosError: true, code: 'ETIMEDOUT' }),
    ],
    ['no error, with a code of one', { code: 'ECONNRESET' }],
  ])('is not diagnosed: %s', (_name, error) => {
    expect(diagnose(error)).toBeUndefined();
  });

  it('with a status but no address is not aborted', () => {
    expect(diagnose(sdkError('x', { rawResponse: { status: 500, url: '' } }))?.detail).toBe(
      'Cohere answered 500.',
    );
  });
});

describe('what was answered', () => {
  const id = '5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a';

  it.each<[string, unknown]>([
    ['Headers', new Headers({ 'x-debug-trace-id': id })],
    ['an object', { 'x-debug-trace-id': id }],
    ['an object whose get knows nothing', { get: () => null, 'x-debug-trace-id': id }],
  ])('has its id in %s', (_kind, headers) => {
    expect(diagnose(answered(500, '', headers))?.upstream?.requestId).toBe(id);
  });

  it('has its type in a header, and where it points to', () => {
    const headers = new Headers({ 'content-type': 'text/html', location: 'https://login.example' });

    expect(diagnose(answered(401, 'x', headers))?.detail).toBe(
      'api.cohere.com/v2/rerank answered 401 with an HTML page and points to https://login.example.',
    );
  });

  it.each<[string, unknown]>([
    ['a get that throws', { get: refuse }],
    ['no headers', undefined],
    ['no text', { 'x-debug-trace-id': 7 }],
  ])('has none in %s', (_kind, headers) => {
    expect(diagnose(answered(500, 'x', headers))?.upstream?.requestId).toBeUndefined();
  });

  it.each<[string, unknown, string | undefined]>([
    ['a string', 'said', 'said'],
    ['an object', { message: 'said' }, 'said'],
    ['what is not JSON', { ok: false, error: { reason: 'non-json', rawBody: 'said' } }, 'said'],
    ['nothing', undefined, undefined],
    ['what cannot be JSON', { message: 7n }, undefined],
  ])('has its message in %s', (_kind, body, message) => {
    expect(diagnose(answered(500, body))?.upstream?.message).toBe(message);
  });
});

describe('an error of cohere-ai', () => {
  it('has all of its three fields', () => {
    expect(isCohereSdkError(sdkError('x'))).toBe(true);
    expect(isCohereSdkError(Object.assign(new CohereError('x'), { statusCode: 401 }))).toBe(false);
  });

  it.each([
    [URL_OF_RERANK, true],
    ['https://eu.cohere.com/x', true],
    ['https://cohere.com.example/v2/rerank', false],
    ['nowhere', false],
    ['', false],
    [undefined, false],
  ])('of another name comes from %s: %s', (url, isKnown) => {
    const fields = { statusCode: 401, body: {}, rawResponse: { url } };

    expect(isCohereSdkError(Object.assign(new Error('x'), fields))).toBe(isKnown);
    expect(isCohereSdkError(fields)).toBe(false);
  });

  it('has the names of its classes, the nearest first', () => {
    class Nameless extends CohereError {}
    Object.defineProperty(Nameless.prototype, 'constructor', { value: undefined });

    expect(classNames(sdkError('x'))).toEqual(['CohereError', 'Error', 'Object']);
    expect(classNames(new Nameless('x'))).toEqual(['CohereError', 'Error', 'Object']);
    expect(classNames(Object.create(Object.create(null)))).toEqual([]);
    expect(classNames(undefined)).toEqual([]);
    expect(classNames(null)).toEqual([]);
    expect(classNames('text')).toEqual([]);
  });

  it('is searched in a limited number of prototypes', () => {
    let link: object = {};
    for (let depth = 0; depth < 30; depth += 1) {
      link = Object.create(link, { constructor: { value: CohereError } });
    }

    expect(classNames(link)).toHaveLength(20);
  });
});

/** Another library's error with the same field. */
function validationError(): typeof JsonError {
  return class ValidationError extends Error {};
}

function branded(fields: object): unknown {
  const prototype = Object.create(Error.prototype, {
    [Symbol.for('nestjs-cohere.error')]: { value: 'DiagnosedError' },
  });
  return Object.assign(Object.create(prototype), fields);
}

function refuse(): never {
  throw new Error('no');
}
