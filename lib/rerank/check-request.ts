import { editsBetween } from '../config/closest-name.js';
import { type Ruled, schemaOf } from '../config/settings.schema.js';
import { mustBe, SETTINGS, type SettingRule } from '../config/settings.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { InvalidRequestError } from '../diagnosis/errors.js';
import { isThenable } from './pace.js';
import type { RerankEachOptions } from './rerank-each.js';
import type { RerankCallOptions, RerankRequest } from './rerank.interface.js';

type Arguments = Readonly<Record<string, Ruled>>;

const A_PROMISE = 'a promise';

/** The fields of a request. The types do not protect callers in JavaScript, or requests parsed from JSON. */
const REQUEST = {
  query: { rule: custom('a string that is not blank', isNotBlank), required: true },
  documents: { rule: custom('an array of strings or objects', Array.isArray), required: true },
  topN: { rule: { kind: 'integer', min: 1 } },
  model: { rule: custom('the id of a model', isNotBlank) },
  maxTokensPerDoc: { rule: { kind: 'integer', min: 1 } },
  priority: { rule: { kind: 'integer', min: 0, max: 999 } },
  toText: { rule: custom('a function', isFunction) },
  minRelevanceScore: { rule: { kind: 'number', min: 0, max: 1 } },
  relevantSpans: {
    rule: custom('a boolean or an object', (value) => typeof value === 'boolean' || isPlain(value)),
  },
} as const satisfies Record<keyof RerankRequest<string>, Ruled>;

const SPANS: Arguments = {
  maxSpans: { rule: { kind: 'integer', min: 1 } },
  threshold: { rule: { kind: 'number', min: 0, max: 1 } },
};

const CALL_OPTIONS = {
  timeoutMs: { rule: SETTINGS.timeoutMs.rule },
  maxRetries: { rule: SETTINGS.maxRetries.rule },
  signal: { rule: custom('an AbortSignal', isAbortSignal) },
  onFailure: { rule: SETTINGS.onFailure.rule },
} as const satisfies Record<keyof RerankCallOptions, Ruled>;

const EACH_OPTIONS: Arguments = {
  concurrency: { rule: SETTINGS.concurrency.rule },
  onProgress: { rule: custom('a function', isFunction) },
};
const REQUESTS: Arguments = {
  requests: { rule: custom('an iterable or async iterable', isIterable), required: true },
};

// `off` is for the startup check alone.
const MODES = SETTINGS['startupCheck.mode'].rule.values.filter((mode) => mode !== 'off');
const KEY_OPTIONS: Arguments = { mode: { rule: { kind: 'choice', values: MODES } } };

/**
 * Returns a copy of a valid request, which the caller cannot change: a list of documents that is sorted while the
 * call runs would put the scores on other documents.
 *
 * @throws InvalidRequestError
 */
export function copyRequest<T extends string | object>(
  request: RerankRequest<T>,
): RerankRequest<T> {
  checkObject('request', request);
  const own = readRequest(request);
  check(REQUEST, own);
  if (isPlain(own.relevantSpans)) {
    check(SPANS, own.relevantSpans, 'relevantSpans.');
  }
  return own;
}

/** @throws InvalidRequestError also when a getter or proxy of the request throws, whose message may quote a document */
function readRequest<T extends string | object>(request: RerankRequest<T>): RerankRequest<T> {
  try {
    checkNames(request, REQUEST, CALL_OPTIONS, 'in the options of the call, the second argument');
    const { documents, query, topN, model, maxTokensPerDoc, priority, toText } = request;
    const { minRelevanceScore, relevantSpans } = request;
    return {
      documents: Array.isArray(documents) ? Array.from(documents) : documents,
      query,
      topN,
      model,
      maxTokensPerDoc,
      priority,
      toText,
      minRelevanceScore,
      relevantSpans: isPlain(relevantSpans) ? { ...relevantSpans } : relevantSpans,
    };
  } catch (error) {
    throw error instanceof InvalidRequestError
      ? error
      : invalidArgument('request', 'an object that can be read', 'failing where it is read');
  }
}

/** @throws InvalidRequestError */
export function checkCallOptions(options: RerankCallOptions): void {
  checkObject('options', options);
  checkNames(options, CALL_OPTIONS, REQUEST, 'in the request');
  check(CALL_OPTIONS, options);
}

/** @throws InvalidRequestError */
export function checkKeyOptions(options: RerankCallOptions & { readonly mode?: unknown }): void {
  checkCallOptions(options);
  check(KEY_OPTIONS, options);
}

/** @throws InvalidRequestError */
export function checkEachOptions(requests: unknown, options: RerankEachOptions): void {
  check(REQUESTS, { requests });
  checkCallOptions(options);
  check(EACH_OPTIONS, options);
}

/** Checks each argument by the schema of its rule, as options and variables are. */
function check(table: Arguments, given: object, group = ''): void {
  for (const [name, argument] of Object.entries(table)) {
    const value: unknown = Reflect.get(given, name);
    const isLeftOut = value === undefined && argument.required !== true;
    if (!isLeftOut && !accepts(argument, value)) {
      throw invalidArgument(`${group}${name}`, mustBe(argument.rule), kindOf(value));
    }
  }
}

/** Asks a custom rule without Joi, which would only call it: every call has a query and documents. */
function accepts(argument: Ruled, value: unknown): boolean {
  return argument.rule.kind === 'custom'
    ? argument.rule.isValid(value)
    : schemaOf(argument).validate(value, { convert: false }).error === undefined;
}

function custom(what: string, isValid: (value: unknown) => boolean): SettingRule {
  return { kind: 'custom', what, isValid };
}

function isNotBlank(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIterable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

/** Checks the shape: under Jest's jsdom the class is another one. */
function isAbortSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function'
  );
}

/**
 * Rejects misplaced and misspelt options, which would be ignored: `top_n` ranks all documents, a `signal` in the
 * request ends nothing. Any other name is allowed, because an app may pass more than a request.
 */
function checkNames(given: object, own: Arguments, others: Arguments, place: string): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !Object.hasOwn(own, name)) {
      const isOther = Object.hasOwn(others, name);
      const meant = isOther ? name : meantName(name, Object.keys(own));
      if (meant !== undefined) {
        throw misplaced(name, `Pass it as ${meant}${isOther ? ` ${place}` : ''}.`);
      }
    }
  }
}

/** Finds the intended option for Cohere's spelling, `top_n`, or for a typo of one letter. */
function meantName(name: string, candidates: readonly string[]): string | undefined {
  const plain = name.replaceAll(/[_-]/g, '').toLowerCase();
  return candidates.find((candidate) => editsBetween(plain, candidate.toLowerCase(), 1) <= 1);
}

function misplaced(name: string, step: string): InvalidRequestError {
  return new InvalidRequestError(
    createDiagnosis('COHERE_REQUEST_INVALID', {
      title: `${name} would be ignored where it is passed.`,
      detail: `${name} is not read there. Nothing was sent to Cohere.`,
      fix: [step],
    }),
  );
}

function checkObject(name: string, value: unknown): void {
  if (!isPlain(value) || isThenable(value)) {
    throw invalidArgument(name, 'an object', kindOf(value));
  }
}

/**
 * Returns the error for a wrong argument.
 *
 * @param name `topN`, `documents[3]`
 * @param allowed what it must be: `a whole number from 1`
 * @param found what was passed, without any content of query or documents
 */
export function invalidArgument(name: string, allowed: string, found: string): InvalidRequestError {
  return new InvalidRequestError(
    createDiagnosis('COHERE_REQUEST_INVALID', {
      title: `${name} must be ${allowed}.`,
      detail: `${name} is ${found}. Nothing was sent to Cohere.`,
      fix: [
        found.endsWith(A_PROMISE)
          ? `Await it before the call; await Promise.all(…) awaits a list of them.`
          : `Pass ${allowed} as ${name}.`,
      ],
    }),
  );
}

/** Names a value by its kind; only numbers and booleans are harmless enough to be quoted. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'string':
      return value.trim() === '' ? 'blank' : 'a string';
    case 'object':
      return value === null
        ? 'null'
        : Array.isArray(value)
          ? 'an array'
          : isThenable(value)
            ? A_PROMISE
            : 'an object';
    default:
      return `a ${typeof value}`;
  }
}
