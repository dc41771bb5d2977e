import { editsBetween } from '../config/closest-name.js';
import { CALL_LIMITS, SETTINGS } from '../config/settings.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { InvalidRequestError } from '../diagnosis/errors.js';
import { isThenable } from './pace.js';
import type { RerankEachOptions } from './rerank-each.js';
import type { RerankCallOptions, RerankRequest } from './rerank.interface.js';

const A_PROMISE = 'a promise';
// `off` is for the startup check alone.
const KEY_CHECK_MODES = SETTINGS['startupCheck.mode'].rule.values.filter((mode) => mode !== 'off');

const REQUEST_FIELDS: readonly (keyof RerankRequest<string>)[] = [
  'query',
  'documents',
  'topN',
  'model',
  'maxTokensPerDoc',
  'priority',
  'toText',
  'minRelevanceScore',
  'relevantSpans',
];
const CALL_OPTIONS: readonly (keyof RerankCallOptions)[] = [
  'timeoutMs',
  'maxRetries',
  'signal',
  'onFailure',
];

/** A request for documents of any type. */
type AnyRequest = Omit<RerankRequest<string | object>, 'toText'> & { readonly toText?: unknown };

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
  checkRequest(own);
  return own;
}

/** @throws InvalidRequestError also when a getter or proxy of the request throws, whose message may quote a document */
function readRequest<T extends string | object>(request: RerankRequest<T>): RerankRequest<T> {
  try {
    checkNames(request, REQUEST_FIELDS, {
      names: CALL_OPTIONS,
      place: 'in the options of the call, the second argument',
    });
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
      relevantSpans:
        typeof relevantSpans === 'object' && relevantSpans !== null && !Array.isArray(relevantSpans)
          ? { ...relevantSpans }
          : relevantSpans,
    };
  } catch (error) {
    throw error instanceof InvalidRequestError
      ? error
      : invalidArgument('request', 'an object that can be read', 'failing where it is read');
  }
}

/**
 * Refuses an invalid request before anything is sent. The types do not protect callers in JavaScript, or requests
 * parsed from JSON.
 *
 * @throws InvalidRequestError
 */
function checkRequest(request: AnyRequest): void {
  if (typeof request.query !== 'string' || request.query.trim() === '') {
    throw invalidArgument('query', 'a string that is not blank', kindOf(request.query));
  }
  if (!Array.isArray(request.documents)) {
    throw invalidArgument('documents', 'an array of strings or objects', kindOf(request.documents));
  }
  checkWholeNumber('topN', request.topN, CALL_LIMITS.topN);
  checkWholeNumber('maxTokensPerDoc', request.maxTokensPerDoc, CALL_LIMITS.maxTokensPerDoc);
  checkWholeNumber('priority', request.priority, CALL_LIMITS.priority);
  checkNumber('minRelevanceScore', request.minRelevanceScore, CALL_LIMITS.minRelevanceScore);
  checkModel(request.model);
  checkRelevantSpans(request.relevantSpans);
  if (request.toText !== undefined && typeof request.toText !== 'function') {
    throw invalidArgument('toText', 'a function', kindOf(request.toText));
  }
}

/** @throws InvalidRequestError */
export function checkCallOptions(options: RerankCallOptions): void {
  checkObject('options', options);
  checkNames(options, CALL_OPTIONS, { names: REQUEST_FIELDS, place: 'in the request' });
  checkWholeNumber('timeoutMs', options.timeoutMs, SETTINGS.timeoutMs.rule);
  checkWholeNumber('maxRetries', options.maxRetries, SETTINGS.maxRetries.rule);
  if (options.signal !== undefined && !isAbortSignal(options.signal)) {
    throw invalidArgument('signal', 'an AbortSignal', kindOf(options.signal));
  }
  checkChoice('onFailure', options.onFailure, SETTINGS.onFailure.rule.values);
}

/** @throws InvalidRequestError */
export function checkKeyOptions(options: RerankCallOptions & { readonly mode?: unknown }): void {
  checkCallOptions(options);
  checkChoice('mode', options.mode, KEY_CHECK_MODES);
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (value !== undefined && !choices.some((choice) => choice === value)) {
    const allowed = choices.map((choice) => `'${choice}'`).join(', ');
    throw invalidArgument(name, `one of ${allowed}`, kindOf(value));
  }
}

/** @throws InvalidRequestError */
export function checkEachOptions(requests: unknown, options: RerankEachOptions): void {
  if (!isIterable(requests)) {
    throw invalidArgument('requests', 'an iterable or async iterable', kindOf(requests));
  }
  checkCallOptions(options);
  checkWholeNumber('concurrency', options.concurrency, SETTINGS.concurrency.rule);
  if (options.onProgress !== undefined && typeof options.onProgress !== 'function') {
    throw invalidArgument('onProgress', 'a function', kindOf(options.onProgress));
  }
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

function checkModel(model: unknown): void {
  if (model !== undefined && (typeof model !== 'string' || model.trim() === '')) {
    throw invalidArgument('model', 'the id of a model', kindOf(model));
  }
}

function checkRelevantSpans(spans: RerankRequest<string>['relevantSpans']): void {
  if (spans === undefined || typeof spans === 'boolean') {
    return;
  }
  if (typeof spans !== 'object' || spans === null || Array.isArray(spans)) {
    throw invalidArgument('relevantSpans', 'a boolean or an object', kindOf(spans));
  }
  checkWholeNumber('relevantSpans.maxSpans', spans.maxSpans, CALL_LIMITS['relevantSpans.maxSpans']);
  checkNumber('relevantSpans.threshold', spans.threshold, CALL_LIMITS['relevantSpans.threshold']);
}

/**
 * Rejects misplaced and misspelt options, which would be ignored: `top_n` ranks all documents, a `signal` in the
 * request ends nothing. Any other name is allowed, because an app may pass more than a request.
 */
function checkNames(
  given: object,
  own: readonly string[],
  elsewhere: { readonly names: readonly string[]; readonly place: string },
): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !own.includes(name)) {
      const meant = elsewhere.names.includes(name) ? name : meantName(name, own);
      if (meant !== undefined) {
        const place = meant === name ? ` ${elsewhere.place}` : '';
        throw misplaced(name, `Pass it as ${meant}${place}.`);
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
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isThenable(value)) {
    throw invalidArgument(name, 'an object', kindOf(value));
  }
}

interface Range {
  readonly min: number;
  readonly max?: number;
}

/** @throws InvalidRequestError unless the value is left out or a whole number within the range */
export function checkWholeNumber(name: string, value: unknown, range: Range): void {
  if (value !== undefined && !(Number.isInteger(value) && isWithin(value, range))) {
    throw invalidArgument(name, `a whole number ${describe(range)}`, kindOf(value));
  }
}

/** @throws InvalidRequestError unless the value is left out or a number within the range */
export function checkNumber(name: string, value: unknown, range: Range): void {
  if (value !== undefined && !isWithin(value, range)) {
    throw invalidArgument(name, `a number ${describe(range)}`, kindOf(value));
  }
}

function isWithin(value: unknown, { min, max = Infinity }: Range): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

function describe({ min, max }: Range): string {
  return max === undefined ? `from ${min} up` : `from ${min} to ${max}`;
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
        found === A_PROMISE
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
