import type { Dispatcher } from 'undici';
import { fingerprint } from '../config/api-key/secret.js';
import type { RequestDispatcher } from '../config/settings.js';
import { DIAGNOSIS_CODES, isDiagnosisCode, type DiagnosisCode } from '../diagnosis/catalogue.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { createError } from '../diagnosis/errors.js';
import { answer, findEndpoint } from './emulator/endpoints.js';
import type { EmulatedAccount } from './emulator/endpoints/endpoint.interface.js';
import { RERANK_OPERATION } from './emulator/endpoints/rerank.js';
import { FailureQueue } from './emulator/faults.js';
import { readKey } from './emulator/keys.js';
import { RateLimits } from './emulator/limits.js';
import type { ScoreFunction } from './emulator/ranking.js';
import {
  emulatorError,
  type EmulatorResponse,
  integerField,
  isJsonObject,
  isString,
  type JsonObject,
  listField,
  MESSAGES,
  numberField,
  parseRequestBody,
  readObject,
  STATUS_TEXTS,
  stringField,
} from './emulator/wire.js';

/**
 * Selects the calls that a scripted failure applies to.
 *
 * @publicApi
 */
export interface FailNextOptions {
  /** The number of calls, from 1; `Infinity` until `reset()`. Default 1. */
  readonly times?: number | undefined;
  /** Only `rerank`, or only `checkKey`. Default: whichever comes first. */
  readonly on?: 'rerank' | 'checkKey' | undefined;
  /** The `Retry-After` of `COHERE_RATE_LIMITED`, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * One request to `/v2/rerank` that would have been sent. A call with more documents than
 * `maxDocumentsPerRequest` makes several; a call without any text makes none.
 *
 * @publicApi
 */
export interface RecordedRerank {
  /** The model id. */
  readonly model: string;
  /** The query. */
  readonly query: string;
  /** The texts that would have been sent, without the blank ones. */
  readonly documents: readonly string[];
  /** The value of the call, if less than the number of documents. */
  readonly topN?: number | undefined;
  /** The value of the call. */
  readonly maxTokensPerDoc?: number | undefined;
  /** The value of the call. */
  readonly priority?: number | undefined;
  /** The value of the call; `{}` for `true`. */
  readonly relevantSpans?:
    { readonly maxSpans?: number | undefined; readonly threshold?: number | undefined } | undefined;
  /** The fingerprint of the key, `sha256:1f3a9c02`; distinguishes the keys of `forKey()`. */
  readonly fingerprint: string | undefined;
}

interface ScriptedFailure extends FailNextOptions {
  readonly code: DiagnosisCode;
}

/** The endpoints of the emulator without HTTP, with failures by code. */
export class OfflineCohere {
  readonly #account: EmulatedAccount;
  readonly #failures = new FailureQueue<ScriptedFailure>();
  #calls: RecordedRerank[] = [];

  constructor(score: ScoreFunction | undefined) {
    this.#account = {
      models: ANY_MODEL,
      limits: new RateLimits(Date.now),
      score,
      invalidKeyAnswer: 'unauthorized',
      acceptLegacyFields: false,
    };
  }

  /** The requests to `/v2/rerank`, in order. */
  get calls(): readonly RecordedRerank[] {
    return [...this.#calls];
  }

  /** Replaces the connection pool. */
  readonly dispatcher: RequestDispatcher = {
    dispatch: (request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => {
      // Asynchronous, like a connection, but without timers, `nextTick` and `queueMicrotask`, which a test may fake.
      void Promise.resolve().then(() => this.#respond(request, handler));
      return true;
    },
  };

  /** @throws RangeError */
  failNext(code: DiagnosisCode, options: FailNextOptions): void {
    if (!isDiagnosisCode(code)) {
      throw new RangeError(`failNext() takes one of ${DIAGNOSIS_CODES.join(', ')}.`);
    }
    this.#failures.add({ ...options, code }, options.times);
  }

  reset(): void {
    this.#failures.clear();
    this.#calls = [];
  }

  #respond(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const controller = new OfflineController();
    handler.onRequestStart?.(controller, {});
    if (controller.aborted) {
      return;
    }
    try {
      const { status, headers, body } = this.#answer(request);
      handler.onResponseStart?.(controller, status, headers);
      handler.onResponseData?.(controller, Buffer.from(body));
      handler.onResponseEnd?.(controller, {});
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      handler.onResponseError?.(controller, reason);
    }
  }

  /** @throws DiagnosedError for a failure that no response of Cohere causes */
  #answer({ method, path, headers, body }: Dispatcher.DispatchOptions): EmulatorResponse {
    const { authorization, 'content-type': contentType } = readHeaders(headers);
    const key = readKey({ authorization }, 'authorization');
    const keyFingerprint = key === undefined ? undefined : fingerprint(key);
    const parsed = parseRequestBody(isString(body) ? body : '');
    const isRerank = findEndpoint(path).endpoint.operation === RERANK_OPERATION;
    if (isRerank) {
      this.#calls.push({ ...toRecord(readObject(parsed)), fingerprint: keyFingerprint });
    }
    const operation = isRerank ? 'rerank' : 'checkKey';
    const failure = this.#failures.take(({ on = operation }) => on === operation);
    if (failure !== undefined) {
      return failWith(failure);
    }
    const credential = { key, fingerprint: keyFingerprint, state: 'active' } as const;
    const call = { method, path, query: '', credential, contentType, body: parsed };
    try {
      return answer(call, this.#account);
    } catch (error) {
      // Otherwise it would look like a network failure.
      throw createError(
        createDiagnosis('COHERE_RESPONSE_INVALID', {
          title: 'The score function of the test failed.',
          detail: error instanceof Error ? error.message : String(error),
          fix: ['Let score() return a number from 0 to 1 for every document.'],
        }),
      );
    }
  }
}

/** Accepts any model as one of Rerank 5. */
const ANY_MODEL: EmulatedAccount['models'] = {
  all: () => [],
  find: describeModel,
  findFor: (_, name) => describeModel(name),
};

function describeModel(name: string) {
  return { name, endpoints: ['rerank'], contextLength: 32_768, relevantSpans: true };
}

/** The responses of Cohere for the codes. */
const RESPONSES: Partial<Record<DiagnosisCode, readonly [status: number, message: string]>> = {
  COHERE_API_KEY_REJECTED: [401, MESSAGES.invalidToken],
  COHERE_API_KEY_EXPIRED: [401, MESSAGES.expiredKey],
  COHERE_API_KEY_FORBIDDEN: [403, MESSAGES.forbidden],
  COHERE_REQUEST_INVALID: [400, MESSAGES.invalidRequest],
  COHERE_MODEL_NOT_FOUND: [404, MESSAGES.unknownModel('rerank-of-the-test')],
  COHERE_RATE_LIMITED: [429, STATUS_TEXTS.get(429) ?? ''],
  COHERE_QUOTA_EXHAUSTED: [429, MESSAGES.trialMonth],
  COHERE_BILLING_REQUIRED: [402, MESSAGES.paymentMethod],
  COHERE_UPSTREAM_ERROR: [503, STATUS_TEXTS.get(503) ?? ''],
};

/** @throws DiagnosedError if Cohere has no message for the code */
function failWith({ code, retryAfterMs }: ScriptedFailure): EmulatorResponse {
  const response = RESPONSES[code];
  if (response === undefined) {
    throw createError(
      createDiagnosis(code, { detail: 'A test scripted this failure.' }),
      retryAfterMs,
    );
  }
  const seconds = retryAfterMs === undefined ? undefined : String(retryAfterMs / 1_000);
  return emulatorError(...response, seconds === undefined ? {} : { 'retry-after': seconds });
}

/** Converts the body of a rerank to the names of the `cohere-ai` SDK. */
function toRecord(body: JsonObject): Omit<RecordedRerank, 'fingerprint'> {
  const spans = body['relevant_spans'];
  return {
    model: stringField(body, 'model') ?? '',
    query: stringField(body, 'query') ?? '',
    documents: (listField(body, 'documents') ?? []).filter(isString),
    topN: integerField(body, 'top_n', 1),
    maxTokensPerDoc: integerField(body, 'max_tokens_per_doc', 1),
    priority: integerField(body, 'priority', 0),
    relevantSpans: isJsonObject(spans)
      ? {
          maxSpans: integerField(spans, 'max_spans', 1),
          threshold: numberField(spans, 'threshold', 0, 1),
        }
      : undefined,
  };
}

/** Reads undici's flat form: name, value, name, value. */
function readHeaders(headers: unknown): Readonly<Record<string, string | undefined>> {
  const flat = Array.isArray(headers) ? headers.map(String) : [];
  const names = flat.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(
    names.map((name, index) => [name.toLowerCase(), flat[index * 2 + 1]] as const),
  );
}

class OfflineController implements Dispatcher.DispatchController {
  readonly paused = false;
  #reason: Error | null = null;

  get aborted(): boolean {
    return this.#reason !== null;
  }

  get reason(): Error | null {
    return this.#reason;
  }

  abort(reason: Error): void {
    this.#reason = reason;
  }

  pause(): void {}

  resume(): void {}
}
