import type { Secret } from '../config/api-key/secret.js';
import type { StartupCheckMode } from '../config/cohere-module-options.interface.js';
import { CATALOGUE } from '../diagnosis/catalogue.js';
import { diagnoseInvalidKey } from '../diagnosis/classify-response.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { diagnoseTimeout } from '../diagnosis/diagnose-timeout.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError, DiagnosedError } from '../diagnosis/errors.js';
import type { ReceivedResponse, RequestContext } from '../diagnosis/request-context.js';
import { diagnoseAttempt, isObject, readJson, UnusableResponse } from './attempt-failure.js';
import { attemptUntilDone } from './attempts.js';
import { authorization, requestContext } from './authorization.js';
import { CallScope } from './call-scope.js';
import type { CohereTransport } from './cohere-transport.js';

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
}

export interface ProbeOptions {
  readonly mode: Exclude<StartupCheckMode, 'off'>;
  readonly model: string;
  /** Deadline of the whole check, its retries included. */
  readonly timeoutMs: number;
  readonly maxRetries?: number;
  readonly signal?: AbortSignal;
  /** How the key is named in a diagnosis. */
  readonly keyName?: string;
}

/**
 * Asks Cohere about a key, over the transport alone: the SDK's own `checkApiKey` is broken in
 * `CohereClientV2`, and loading the SDK costs more than the question. Without a key it asks what can be
 * asked without one.
 *
 * `rejected` is certain. A model that does not exist leaves the verdict on the key `undetermined`, with
 * `COHERE_MODEL_NOT_FOUND` as the diagnosis.
 *
 * @throws nothing but the reason of the caller's signal
 */
export async function probeKey(
  transport: CohereTransport,
  apiKey: Secret | undefined,
  options: ProbeOptions,
): Promise<KeyStatus> {
  const scope = new CallScope(options.timeoutMs, options.signal, transport.callerSignals);
  const target: ProbeTarget = {
    transport,
    scope,
    key: apiKey,
    keyName: options.keyName ?? 'the API key',
    model: options.model,
    maxRetries: options.maxRetries ?? 2,
  };
  try {
    const found = await Promise.all(
      probesOf(options.mode, apiKey).map((probe) => diagnosisOf(probe(target), options.signal)),
    );
    return toStatus(found.filter((diagnosis) => diagnosis !== undefined));
  } finally {
    scope.close();
  }
}

function probesOf(mode: ProbeOptions['mode'], key: Secret | undefined): readonly Probe[] {
  switch (mode) {
    case 'key':
      return [checkKey];
    case 'model':
      return key === undefined ? [askForModel] : [checkKey, askForModel];
    case 'rerank':
      return [rerankOnce];
    default:
      return mode satisfies never;
  }
}

async function diagnosisOf(
  probe: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<Diagnosis | undefined> {
  try {
    await probe;
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

export interface ProbeTarget {
  readonly transport: CohereTransport;
  readonly scope: CallScope;
  readonly key: Secret | undefined;
  readonly keyName: string;
  readonly model: string;
  readonly maxRetries: number;
}

/** One question to Cohere. Resolves when the answer is good, throws a DiagnosedError when it is not. */
export type Probe = (target: ProbeTarget) => Promise<void>;

interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** Whether it counts against the rate of rerank calls. */
  readonly counts?: boolean;
  /** Throws when the answer is not a good one. */
  readonly judge: (response: ReceivedResponse, context: RequestContext) => void;
}

/** Whether the key is valid; only the word of Cohere counts, not the status 200. */
export const checkKey: Probe = (target) =>
  ask(target, { method: 'POST', path: '/v1/check-api-key', judge: judgeKey });

/** Whether the model exists and serves rerank; costs nothing. */
export const askForModel: Probe = (target) =>
  ask(target, {
    method: 'GET',
    path: `/v1/models/${encodeURIComponent(target.model)}`,
    judge: (response, context) => judgeModel(response, context, target.model),
  });

/** One real rerank, the only proof that the key may; billed as one. */
export const rerankOnce: Probe = (target) =>
  ask(target, {
    method: 'POST',
    path: '/v2/rerank',
    counts: true,
    body: JSON.stringify({
      model: target.model,
      query: 'startup check',
      documents: ['startup check'],
    }),
    judge: judgeRanking,
  });

async function ask(target: ProbeTarget, question: Question): Promise<void> {
  const { transport, scope, key, keyName, maxRetries } = target;
  const { method, path, body, judge } = question;
  const context = () => requestContext(transport, path, key, keyName);
  let cause: Diagnosis | undefined;
  await attemptUntilDone({
    scope,
    rateLimit: question.counts === true ? transport.rateLimit : undefined,
    currentKey: () => key,
    budget: transport.retryBudget,
    maxRetries,
    attempt: async () => {
      const response = await transport.send({
        method,
        path,
        authorization: authorization(key),
        ...(body === undefined ? {} : { body }),
        signal: scope.signal,
      });
      judge(response, context());
    },
    diagnose: (failure) => {
      cause = diagnoseAttempt(failure, context(), key);
      return cause;
    },
    // Who reads the verdict needs what went wrong before, not that time ran out over it.
    diagnoseTimeout: (phase) => cause ?? diagnoseTimeout(context(), scope.timeoutMs, phase),
  });
}

function judgeKey(response: ReceivedResponse, context: RequestContext): void {
  const answer = readJson(response);
  const valid = isObject(answer) ? answer['valid'] : undefined;
  if (typeof valid !== 'boolean') {
    throw new UnusableResponse('the body does not say whether the key is valid', response);
  }
  if (!valid) {
    throw createError(diagnoseInvalidKey(context));
  }
}

function judgeModel(
  response: ReceivedResponse,
  { baseUrl, path }: RequestContext,
  model: string,
): void {
  const answer = readJson(response);
  const endpoints = isObject(answer) ? answer['endpoints'] : undefined;
  if (!Array.isArray(endpoints)) {
    throw new UnusableResponse('the body does not say what the model serves', response);
  }
  if (!endpoints.includes('rerank')) {
    throw createError(
      createDiagnosis('COHERE_MODEL_NOT_FOUND', {
        title: `The model ${model} does not serve rerank.`,
        detail: `${baseUrl}${path} names other endpoints: ${endpoints.filter((name) => typeof name === 'string').join(', ') || 'none'}.`,
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
