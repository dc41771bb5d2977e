import type { Secret } from '../config/api-key/secret.js';
import type { StartupCheckMode } from '../config/settings.js';
import { CATALOGUE } from '../diagnosis/catalogue.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError, DiagnosedError } from '../diagnosis/errors.js';
import type { Operation } from '../diagnosis/operation.interface.js';
import {
  describeTarget,
  type ReceivedResponse,
  type RequestContext,
} from '../diagnosis/request-context.js';
import { abortable } from './abortable.js';
import type { ApiKeyHolder, KeyAnswer } from './api-key-holder.js';
import { isObject, readJson, UnusableResponse } from './attempt-failure.js';
import {
  authorization,
  type CallKeys,
  callCohere,
  type CohereCall,
  type CohereRequest,
  fixedKey,
  keyCheckRequest,
  requestContext,
} from './call-cohere.js';
import { type CohereTransport, toJson } from './cohere-transport.js';

const RERANK: Operation = {
  method: 'POST',
  path: '/v2/rerank',
  name: 'rerank',
  modelSetting: 'COHERE_RERANK_MODEL',
};

/**
 * What Cohere says of a key. `rejected` is certain; `undetermined` means that Cohere could not be asked
 * or gave no verdict (network, timeout, rate limit, server error).
 *
 * @publicApi
 */
export interface KeyStatus {
  readonly verdict: 'valid' | 'rejected' | 'undetermined';
  /** Present unless the verdict is `valid`. */
  readonly diagnosis?: Diagnosis;
  /** The organization the key belongs to, where the deployment tells it. */
  readonly organizationId?: string;
  /** True when a response carried Cohere's limits of trial keys; left out when none has. */
  readonly isTrial?: boolean;
}

export interface ProbeOptions {
  readonly mode: Exclude<StartupCheckMode, 'off'>;
  readonly model: string;
  /** Deadline of the whole check, its retries included. */
  readonly timeoutMs: number;
  /** The setting the deadline comes from, where that is not COHERE_TIMEOUT_MS. */
  readonly timeoutSetting?: string | undefined;
  readonly maxRetries?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is asked, and with which key. */
interface ProbeTarget {
  readonly transport: CohereTransport;
  readonly keys: CallKeys;
  readonly model: string;
}

/**
 * Asks Cohere about a key. Without a key it asks what can be asked without one.
 *
 * `rejected` is certain. A model that does not exist leaves the verdict on the key `undetermined`, with
 * `COHERE_MODEL_NOT_FOUND` as the diagnosis.
 *
 * @param keyName how the key is named in a diagnosis
 * @throws nothing but the reason of the caller's signal
 */
export function probeKey(
  transport: CohereTransport,
  apiKey: Secret | undefined,
  { keyName = 'the API key', ...options }: ProbeOptions & { readonly keyName?: string | undefined },
): Promise<KeyStatus> {
  return inOneCall(transport, options, (call) =>
    probe(call, { transport, keys: fixedKey(apiKey, keyName), model: options.model }, options),
  );
}

/**
 * Asks Cohere about the key in use, after a look whether its place holds another. A key that is refused is
 * read again, and the one that has taken its place asked about as well. All of it within one deadline.
 *
 * @throws nothing but the reason of the caller's signal
 */
export function checkKeyInUse(
  transport: CohereTransport,
  keys: ApiKeyHolder,
  options: ProbeOptions,
): Promise<KeyStatus> {
  const probeCurrent = (call: CohereCall) =>
    probe(
      call,
      { transport, keys: fixedKey(keys.current, keys.sourceName), model: options.model },
      options,
    );
  return inOneCall(transport, options, async (call) => {
    const { signal, remainingMs } = call.scope;
    // A source that hangs leaves half of the time for the question about the key in use.
    await untilEnd(
      keys.refresh(),
      AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(Math.max(0, remainingMs) / 2))]),
    );
    const key = keys.current;
    const status = await probeCurrent(call);
    if (key === undefined || status.verdict === 'undetermined') {
      return status;
    }
    if (status.diagnosis === undefined) {
      keys.accept(key);
      return status;
    }
    const said: KeyAnswer = 'refused';
    const renewing = keys.renew(key, status.diagnosis, () => Promise.resolve(said));
    const renewal = await untilEnd(renewing, signal);
    return renewal === 'changed' ? probeCurrent(call) : status;
  });
}

/** Ends with the signal of the caller; at the deadline it ends with what is known by then. */
function inOneCall(
  transport: CohereTransport,
  { timeoutMs, timeoutSetting, maxRetries = 2, signal }: ProbeOptions,
  run: (call: CohereCall) => Promise<KeyStatus>,
): Promise<KeyStatus> {
  return callCohere({ transport, timeoutMs, timeoutSetting, maxRetries, signal }, async (call) => {
    const status = await run(call);
    signal?.throwIfAborted();
    return status;
  });
}

/** The source of a key may hang; what can be said without it is said all the same. */
async function untilEnd<T>(
  promise: Promise<T> | undefined,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return promise === undefined ? undefined : await abortable(promise, signal);
  } catch {
    return undefined;
  }
}

async function probe(
  call: CohereCall,
  target: ProbeTarget,
  { mode, signal }: Pick<ProbeOptions, 'mode' | 'signal'>,
): Promise<KeyStatus> {
  const requests = requestsOf(mode, target);
  call.scope.expectListeners(requests.length);
  const found = await Promise.all(
    requests.map((request) => diagnosisOf(call.request(request), signal)),
  );
  return toStatus(found.filter((diagnosis) => diagnosis !== undefined));
}

function requestsOf(
  mode: ProbeOptions['mode'],
  target: ProbeTarget,
): readonly CohereRequest<void>[] {
  const { transport, keys } = target;
  switch (mode) {
    case 'key':
      return [keyCheckRequest(transport, keys)];
    case 'model':
      return keys.current === undefined
        ? [modelRequest(target)]
        : [keyCheckRequest(transport, keys), modelRequest(target)];
    case 'rerank':
      return [rerankRequest(target)];
    default:
      return mode satisfies never;
  }
}

async function diagnosisOf(
  request: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<Diagnosis | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (error instanceof DiagnosedError && signal?.aborted !== true) {
      return error.diagnosis;
    }
    throw error;
  }
}

/** What is certain counts before what is not, and the key before the model. */
function toStatus(diagnoses: readonly Diagnosis[]): KeyStatus {
  const refused = diagnoses.find(({ code }) => CATALOGUE[code].aboutKey);
  if (refused !== undefined) {
    return { verdict: 'rejected', diagnosis: refused };
  }
  const diagnosis = diagnoses.find(({ code }) => CATALOGUE[code].boot === 'fails') ?? diagnoses[0];
  return diagnosis === undefined ? { verdict: 'valid' } : { verdict: 'undetermined', diagnosis };
}

/** Whether the model exists and serves rerank; costs nothing. */
function modelRequest(target: ProbeTarget): CohereRequest<void> {
  const { model } = target;
  return question(target, {
    operation: {
      method: 'GET',
      path: `/v1/models/${encodeURIComponent(model)}`,
      name: 'the model check',
      modelSetting: RERANK.modelSetting,
    },
    judge: (response, context) => judgeModel(response, context, model),
  });
}

/** One real rerank, the only proof that the key may; billed as one. */
function rerankRequest(target: ProbeTarget): CohereRequest<void> {
  return question(target, {
    operation: RERANK,
    counts: true,
    body: toJson({ model: target.model, query: 'startup check', documents: ['startup check'] }),
    judge: judgeRanking,
  });
}

interface Question {
  readonly operation: Operation;
  readonly body?: string | undefined;
  /** Whether it counts against the rate of rerank calls. */
  readonly counts?: boolean | undefined;
  /** Throws when the answer is not a good one. */
  readonly judge: (response: ReceivedResponse, context: RequestContext) => void;
}

/** Who reads the verdict needs what went wrong before, not that time ran out over it. */
function question(
  { transport, keys }: ProbeTarget,
  { operation, body, counts, judge }: Question,
): CohereRequest<void> {
  return {
    keys,
    operation,
    counts,
    reportsLastFailure: true,
    attempt: async (key, signal) => {
      const response = await transport.send({
        method: operation.method,
        path: operation.path,
        authorization: authorization(key),
        body,
        signal,
      });
      judge(response, requestContext(transport, operation, key, keys.sourceName));
    },
  };
}

function judgeModel(response: ReceivedResponse, context: RequestContext, model: string): void {
  const answer = readJson(response);
  const endpoints = isObject(answer) ? answer['endpoints'] : undefined;
  if (!Array.isArray(endpoints)) {
    throw new UnusableResponse('the body does not say what the model serves', response);
  }
  if (!endpoints.includes('rerank')) {
    throw createError(
      createDiagnosis('COHERE_MODEL_NOT_FOUND', {
        title: `The model ${model} does not serve rerank.`,
        detail: `${describeTarget(context)} names other endpoints: ${endpoints.filter((name) => typeof name === 'string').join(', ') || 'none'}.`,
        upstream: { status: response.status },
      }),
    );
  }
}

function judgeRanking(response: ReceivedResponse): void {
  const answer = readJson(response);
  if (!isObject(answer) || !Array.isArray(answer['results'])) {
    throw new UnusableResponse('the body has no results', response);
  }
}
