import * as fc from 'fast-check';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { classifyNetworkFailure } from '../../../lib/diagnosis/classify-network-failure.js';
import {
  classifyResponse,
  diagnoseInvalidResponse,
} from '../../../lib/diagnosis/classify-response.js';
import { diagnose } from '../../../lib/diagnosis/diagnose.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { renderGithubAnnotation } from '../../../lib/diagnosis/render/render-github-annotation.js';
import { renderJson } from '../../../lib/diagnosis/render/render-json.js';
import { renderTerminationLog } from '../../../lib/diagnosis/render/render-termination-log.js';
import { CANARY, RERANK, tracesOf, writtenForms } from './fixtures.js';
import { CATALOGUE, isDiagnosisCode } from '../../../lib/diagnosis/catalogue.js';
import { createError } from '../../../lib/diagnosis/errors.js';
import { renderReport, renderTerminal } from '../../../lib/diagnosis/render/render-report.js';

const RUNS = 10_000;
const KNOWN = { ...RERANK, secrets: [CANARY] };
const TRACES = tracesOf(CANARY);

/** Fails with the smallest input for which the property does not hold; returns how many were tried. */
function check<T>(property: fc.IProperty<T>, numRuns: number): number {
  fc.assert(property, { numRuns });
  return numRuns;
}

function expectNoTrace(output: string): void {
  const lower = output.toLowerCase();
  const trace = TRACES.find((piece) => lower.includes(piece));
  if (trace !== undefined) {
    throw new Error(`"${trace}" of the key is in: ${output}`);
  }
}

// Plain comparisons: a matcher costs more than what is measured here.
function isWhole({ code, title, fix, httpStatus }: Diagnosis): boolean {
  return isDiagnosisCode(code) && title !== '' && fix.length > 0 && httpStatus >= 400;
}

/** The key as an upstream may write it back: whole, in pieces, encoded. */
const echo = fc.oneof(
  fc.constantFrom(...writtenForms(CANARY)),
  fc
    .tuple(fc.nat(CANARY.length - 12), fc.integer({ min: 12, max: CANARY.length }))
    .map(([start, length]) => CANARY.slice(start, start + length)),
);

/** Without knowing the key, only what looks like one can be taken out: not a piece of it. */
const wholeEcho = fc.constantFrom(...writtenForms(CANARY));

const prose = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    'invalid api token',
    'Your API key has expired.',
    'limited to 1000 API calls / month',
    "model 'x' not found",
    '404 page not found',
    '\n\u001b[31m\u202e',
    ' '.repeat(300),
  ),
);

const messageWith = (secret: fc.Arbitrary<string>) =>
  fc.array(fc.oneof(prose, secret), { maxLength: 3 }).map((parts) => parts.join(' '));

const bodyWith = (secret: fc.Arbitrary<string>) =>
  fc.tuple(messageWith(secret), secret, fc.nat(6)).map(([text, id, kind]) => {
    switch (kind) {
      case 0:
        return text;
      case 1:
        return `{"message":${JSON.stringify(text)}`;
      case 2:
        return `<html><title>${text}</title>${text}`;
      case 3:
        return JSON.stringify({ error: { message: text }, detail: text });
      case 4:
        return JSON.stringify([text, null]);
      default:
        return JSON.stringify({ message: text, id });
    }
  });
const body = bodyWith(echo);

const headers = fc.dictionary(
  fc.constantFrom('content-type', 'Content-Type', 'x-debug-trace-id', 'location', 'via'),
  fc.oneof(
    fc.constantFrom('application/json', 'text/html', 'text/plain'),
    echo.map((value) => `https://host/${value}`),
    echo,
    fc.array(echo, { maxLength: 2 }),
    fc.constant(undefined),
  ),
);

const status = fc.oneof(
  fc.constantFrom(200, 302, 400, 401, 402, 403, 404, 422, 429, 498, 499, 500, 503),
  fc.integer({ min: -1, max: 1_000 }),
  fc.constant(Number.NaN),
);

// Generating the inputs is what takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('any response', () => {
  it('has exactly one code, certain only for 401 and 403, and shows nothing of the key', () => {
    const runs = check(
      fc.property(status, body, headers, (given, text, fields) => {
        const response = { status: given, headers: fields, body: text };
        const diagnosis = classifyResponse(response, KNOWN);

        expectNoTrace(JSON.stringify(diagnosis));
        return (
          isWhole(diagnosis) &&
          (!CATALOGUE[diagnosis.code].aboutKey || given === 401 || given === 403) &&
          (diagnosis.upstream?.message ?? '').length <= 300
        );
      }),
      RUNS,
    );

    expect(runs).toBe(RUNS);
  });

  it('shows nothing of the key in a response that is not valid', () => {
    const runs = check(
      fc.property(status, body, headers, (given, text, fields) => {
        const response = { status: given, headers: fields, body: text };
        const diagnosis = diagnoseInvalidResponse(KNOWN, text, response);

        expectNoTrace(JSON.stringify(diagnosis));
        return isWhole(diagnosis) && !CATALOGUE[diagnosis.code].aboutKey;
      }),
      1_000,
    );

    expect(runs).toBe(1_000);
  });

  it('shows nothing of the key through any renderer', () => {
    const runs = check(
      fc.property(status, body, fc.integer({ min: -5, max: 200 }), (given, text, width) => {
        const response = { status: given, headers: {}, body: text };
        const diagnosis = classifyResponse(response, KNOWN);
        const three = [diagnosis, diagnosis, diagnosis];
        const json = renderJson(three);
        const annotation = renderGithubAnnotation(three);
        const log = renderTerminationLog(three);

        [
          renderReport(three, { width }),
          renderTerminal(three, { color: true, width, unicode: false }),
          json,
          annotation,
          log,
          inspect(createError(diagnosis), { depth: Infinity, showHidden: true }),
        ].forEach(expectNoTrace);
        return (
          !json.includes('\n') &&
          annotation.split('\n').length === 3 &&
          Buffer.byteLength(log) <= 4_096
        );
      }),
      200,
    );

    expect(runs).toBe(200);
  });
});

const CODES = [
  'ENOTFOUND',
  'ECONNREFUSED',
  'EPROTO',
  'UND_ERR_SOCKET',
  'HPE_INVALID_CONSTANT',
  CANARY,
];
const MESSAGES = [
  `Headers.set: "Bearer ${CANARY}\n" is an invalid header value.`,
  'fetch failed',
  '"timeout"',
  'The user aborted a request',
  'invalid authorization header',
  `Failed to parse URL from ${CANARY}`,
  `Unexpected token ${CANARY} in JSON`,
];

type Thrower = () => unknown;

/**
 * Things that are thrown: errors of every shape, with the key wherever one can stand. As functions, since
 * fast-check itself looks at the values it makes, and some of these do not like that.
 */
const { thrown } = fc.letrec<{ thrown: Thrower }>((tie) => ({
  thrown: fc.oneof(
    { depthSize: 'small', maxDepth: 2 },
    fc.anything({ maxDepth: 1 }).map((value) => () => value),
    fc
      .tuple(
        fc.constantFrom(plainError, sdkError, jsonError, fetchError, hostile),
        fc.record(
          {
            message: fc.constantFrom(...MESSAGES, CANARY),
            name: fc.constantFrom('TypeError', 'CohereError', 'JsonError', 'TimeoutError', CANARY),
            code: fc.constantFrom(...CODES, 7, null),
            statusCode: fc.oneof(status, fc.constant('401')),
            body: fc.oneof(bodyWith(wholeEcho), fc.record({ message: messageWith(wholeEcho) })),
            rawResponse: fc.record({
              status,
              url: fc.constantFrom('', 'https://api.cohere.com/v2/rerank', 'not a url'),
              headers: fc.constantFrom(new Headers({ 'content-type': 'text/html' }), {
                location: CANARY,
              }),
            }),
            address: fc.constantFrom('127.0.0.1', CANARY),
            hostname: fc.constantFrom('api.cohere.com', CANARY),
            port: fc.constantFrom(443, 3128, Number.NaN, CANARY),
          },
          { requiredKeys: [] },
        ),
        fc.option(tie('thrown'), { nil: undefined }),
      )
      .map(
        ([make, fields, cause]) =>
          () =>
            make(fields, cause?.()),
      ),
  ),
}));

class CohereError extends Error {}
class JsonError extends Error {}

function plainError(fields: object, cause: unknown): unknown {
  return Object.assign(new Error('x', { cause }), fields, { errors: [cause] });
}

function sdkError(fields: object, cause: unknown): unknown {
  const absent = { statusCode: undefined, body: undefined, rawResponse: undefined };
  return Object.assign(new CohereError('x', { cause }), absent, fields);
}

function jsonError(fields: object, cause: unknown): unknown {
  const errors = [{ path: ['documents', CANARY], message: `got ${CANARY}` }, cause];
  return Object.freeze(Object.assign(new JsonError('x'), fields, { errors }));
}

function fetchError(fields: object): unknown {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('x'), fields) });
}

function refuse(): never {
  throw new Error(CANARY);
}

/** Throws whenever it is looked at. */
function hostile(fields: object): unknown {
  return new Proxy(Object.assign(new CohereError('x'), fields), {
    get: refuse,
    has: refuse,
    ownKeys: refuse,
    getPrototypeOf: refuse,
    getOwnPropertyDescriptor: refuse,
  });
}

describe('any thrown value', () => {
  it('is at most one diagnosis, without a throw and without a trace of the key', () => {
    let diagnosed = 0;
    check(
      fc.property(thrown, (make) => {
        const failure = classifyNetworkFailure(make(), RERANK);
        const diagnosis = diagnose(make());
        diagnosed += diagnosis === undefined ? 0 : 1;

        expectNoTrace(JSON.stringify([failure, diagnosis]));
        return isWhole(failure) && (diagnosis === undefined || isWhole(diagnosis));
      }),
      RUNS,
    );

    expect(diagnosed).toBeGreaterThan(RUNS / 10);
  });
});
