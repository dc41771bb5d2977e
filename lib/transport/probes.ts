import type { Secret } from '../config/secret.js';
import { diagnoseInvalidKey } from '../diagnosis/classify-response.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError } from '../diagnosis/errors/create-error.js';
import type { ReceivedResponse, RequestContext } from '../diagnosis/request-context.interface.js';
import { UnusableResponse } from './attempt-failure.js';
import { attemptUntilDone } from './attempts.js';
import { authorization } from './authorization.js';
import type { CallScope } from './call-scope.js';
import type { CohereTransport } from './cohere-transport.js';
import { diagnoseAttempt } from './diagnose-attempt.js';
import { diagnoseTimeout } from '../diagnosis/diagnose-timeout.js';
import { isObject, readJson } from './read-json.js';
import { requestContext } from './request-context.js';

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
