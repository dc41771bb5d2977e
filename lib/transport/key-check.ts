import type { Secret } from '../config/api-key/secret.js';
import type { StartupCheckMode } from '../config/settings.js';
import { CATALOGUE } from '../diagnosis/catalogue.js';
import { diagnoseInvalidKey } from '../diagnosis/classify-response.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError, DiagnosedError } from '../diagnosis/errors.js';
import type { Operation } from '../diagnosis/operation.interface.js';
import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';
import {
  describeTarget,
  type ReceivedResponse,
  type RequestContext,
  type Target,
  targetOf,
  type Address,
} from '../diagnosis/request-context.js';
import { isObject, readJson, secretsOf, UnusableResponse } from './attempt-failure.js';
import { fixedKey } from './call-keys.js';
import { callCohere, type CohereCall, type CohereRequest, requestContext } from './call-cohere.js';
import type { CohereTransport } from './cohere-transport.js';
import {
  describeLimits,
  describeSecret,
  diagnoseOrganization,
  type KeyStatus,
  readOrganizationId,
  readTrialLimits,
  type TrialLimits,
} from './key-facts.js';

const KEY_CHECK: Operation = {
  method: 'POST',
  path: '/v1/check-api-key',
  name: 'the key check',
};

/** The result of a check. */
export interface KeyFindings extends KeyStatus {
  readonly trialLimits?: TrialLimits | undefined;
  /** True if a response would have carried the limits of a trial key. */
  readonly showsTrialKeys: boolean;
  /** Warnings for the operator about checks that could not run as configured. */
  readonly warnings: readonly string[];
}

/** The smallest real request to the endpoint that the app uses: the only proof of its permission. */
export interface KeyProof {
  readonly operation: Operation;
  readonly model: string;
  /** JSON. */
  readonly body: string;
  /** @throws FailedResponse, UnusableResponse unless the app could use the response */
  judge(this: void, response: ReceivedResponse): void;
}

/** The input of a check. */
export interface ProbeTarget {
  readonly transport: CohereTransport;
  readonly proof: KeyProof;
  readonly key: Secret | undefined;
  readonly keyName: string;
  /** The organization that the key must belong to. */
  readonly organizationId?: string | undefined;
}

export interface ProbeOptions {
  readonly mode: Exclude<StartupCheckMode, 'off'>;
  /** True to call a route that shows the limits of a trial key, in any mode. */
  readonly findsTrialKeys?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks a key with the deployment. Without a key, makes only the requests that need none.
 *
 * On Cohere's own hosts the check routes decide. Other hosts refuse routes that they do not serve, in any
 * wording, so there the proof decides after a refusal.
 *
 * `rejected` is certain. A model that does not exist leaves the verdict on the key `undetermined`, with
 * `COHERE_MODEL_NOT_FOUND` as the diagnosis.
 *
 * @throws nothing but the reason of the caller's signal
 */
export async function probeKey(
  call: CohereCall,
  target: ProbeTarget,
  options: ProbeOptions,
): Promise<KeyFindings> {
  const probe = new Probe(call, target, options.signal);
  const failures = await probe.run(decidingSteps(options, target), extraSteps(options, target));
  const refusal = probe.isCohere ? undefined : failures.find(isRefusal);
  if (refusal === undefined || refusal.step === 'proof') {
    return probe.findings(failures);
  }
  const unproven = await probe.run(['proof']);
  return probe.findings(unproven, unproven.length === 0 ? refusal : undefined);
}

/** The findings for an app that may not run with a trial key; certain failures come first. */
export function withTrialPolicy(
  findings: KeyFindings,
  onTrialKey: 'warn' | 'fail',
  key: string,
  about?: Address,
): KeyFindings {
  const { verdict, diagnosis: found, trialLimits, showsTrialKeys, warnings } = findings;
  const isCertain = found !== undefined && CATALOGUE[found.code].boot === 'fails';
  if (isCertain || onTrialKey === 'warn') {
    return findings;
  }
  if (trialLimits !== undefined) {
    const detail = `A response carried the limits of a trial key: ${describeLimits(trialLimits)}.`;
    const diagnosis = createDiagnosis('COHERE_API_KEY_TRIAL', { detail, key, about });
    return { ...findings, diagnosis };
  }
  const warning =
    `${key} could not be told apart from a trial key, because no model or rerank request of the check was answered. ` +
    'Set COHERE_STARTUP_CHECK=rerank, with which one rerank shows it.';
  return verdict === 'valid' && !showsTrialKeys
    ? { ...findings, warnings: [...warnings, warning] }
    : findings;
}

/**
 * Confirms a 401 with the check route. Only Cohere's own response is a verdict; on other hosts, some of which call
 * any key valid, the next response to the request itself decides.
 *
 * @throws nothing
 */
export async function recheckKey(target: ProbeTarget): Promise<KeyStatus> {
  const options = { transport: target.transport, timeoutMs: RECHECK_MS, maxRetries: 1 };
  try {
    return await callCohere(options, async (call) => {
      const probe = new Probe(call, target, undefined);
      const findings = probe.findings(await probe.run(['key']));
      return probe.isCohere ? findings : { ...findings, verdict: 'undetermined' };
    });
  } catch {
    // The app is closing.
    return { verdict: 'undetermined' };
  }
}

/** The deadline of a check while serving, its one retry included. */
const RECHECK_MS = 5_000;

type CheckStep = 'key' | 'model' | 'proof';

interface Failure {
  readonly step: CheckStep;
  readonly diagnosis: Diagnosis;
}

/** Recognizes a refusal of the key or the model, in any wording. */
function isRefusal({ diagnosis: { code, upstream } }: Failure): boolean {
  return CATALOGUE[code].boot === 'fails' || upstream?.status === 401 || upstream?.status === 403;
}

function decidingSteps({ mode }: ProbeOptions, { key }: ProbeTarget): readonly CheckStep[] {
  switch (mode) {
    case 'key':
      return ['key'];
    case 'model':
      return key === undefined ? ['model'] : ['key', 'model'];
    case 'rerank':
      return ['proof'];
    default:
      return mode satisfies never;
  }
}

/** Calls a route only for the facts in its response; ignores a failure. */
function extraSteps(
  { mode, findsTrialKeys }: ProbeOptions,
  { key, organizationId }: ProbeTarget,
): readonly CheckStep[] {
  if (mode === 'key') {
    return findsTrialKeys === true ? ['model'] : [];
  }
  return mode === 'rerank' && organizationId !== undefined && key !== undefined ? ['key'] : [];
}

/** The requests of one check, and the facts in their responses. */
class Probe {
  readonly #call: CohereCall;
  readonly #target: ProbeTarget;
  readonly #signal: AbortSignal | undefined;
  readonly #deployment: Target;
  #organizationId: string | undefined;
  #trialLimits: TrialLimits | undefined;
  #showsTrialKeys = false;
  #isDeprecated = false;

  constructor(call: CohereCall, target: ProbeTarget, signal: AbortSignal | undefined) {
    this.#call = call;
    this.#target = target;
    this.#signal = signal;
    this.#deployment = targetOf(this.#context(target.proof.operation));
  }

  get isCohere(): boolean {
    return this.#deployment.isCohere;
  }

  /** @returns the failures of the deciding requests */
  async run(
    deciding: readonly CheckStep[],
    extra: readonly CheckStep[] = [],
  ): Promise<readonly Failure[]> {
    const [failures] = await Promise.all([this.#failuresOf(deciding), this.#failuresOf(extra)]);
    return failures;
  }

  /** @param refusal of a check route, if the proof has shown that the key works */
  findings(failures: readonly Failure[], refusal?: Failure): KeyFindings {
    const { organizationId: expected, keyName, key } = this.#target;
    const otherOrganization =
      key === undefined
        ? undefined
        : diagnoseOrganization(expected, this.#organizationId, describeSecret(key, keyName));
    const diagnoses = failures.map(({ diagnosis }) => diagnosis);
    return {
      ...verdictOf(otherOrganization === undefined ? diagnoses : [otherOrganization, ...diagnoses]),
      ...(this.#organizationId === undefined ? {} : { organizationId: this.#organizationId }),
      ...(this.#trialLimits === undefined ? {} : { isTrial: true, trialLimits: this.#trialLimits }),
      showsTrialKeys: this.#showsTrialKeys,
      warnings: [...this.#warnings(refusal, failures.length === 0)],
    };
  }

  *#warnings(refusal: Failure | undefined, isValid: boolean): Iterable<string> {
    const { organizationId, proof, key } = this.#target;
    const { name } = this.#deployment;
    if (refusal !== undefined) {
      const operation = this.#operationOf(refusal.step);
      const address = describeTarget(this.#context(operation));
      const { status = '' } = refusal.diagnosis.upstream ?? {};
      yield (
        `${operation.method} ${address} was refused (${status}), so the key was checked with one ${proof.operation.name} request, which worked. ` +
        'Set COHERE_STARTUP_CHECK=rerank to send only that request, without this warning.'
      );
    }
    if (
      isValid &&
      organizationId !== undefined &&
      key !== undefined &&
      this.#organizationId === undefined
    ) {
      yield `${name} did not say which organization the key belongs to, so COHERE_ORGANIZATION_ID (or the option organizationId) could not be checked.`;
    }
    if (this.#isDeprecated) {
      yield `${name} marks the model ${proof.model} as deprecated: see https://docs.cohere.com/docs/deprecations.`;
    }
  }

  async #failuresOf(steps: readonly CheckStep[]): Promise<readonly Failure[]> {
    const found = await Promise.all(
      steps.map(async (step) => ({ step, diagnosis: await this.#failureOf(step) })),
    );
    return found.flatMap(({ step, diagnosis }) =>
      diagnosis === undefined ? [] : [{ step, diagnosis }],
    );
  }

  async #failureOf(step: CheckStep): Promise<Diagnosis | undefined> {
    try {
      await this.#call.request(this.#requestFor(step));
      return undefined;
    } catch (error) {
      if (error instanceof DiagnosedError && this.#signal?.aborted !== true) {
        return error.diagnosis;
      }
      throw error;
    }
  }

  #requestFor(step: CheckStep): CohereRequest<void> {
    const { transport, key, keyName, proof } = this.#target;
    const operation = this.#operationOf(step);
    return {
      keys: fixedKey(key, keyName),
      operation,
      counts: step === 'proof',
      // The verdict needs the failure before the deadline, not the timeout.
      reportsLastFailure: true,
      attempt: async (_key, signal) => {
        const { method, path } = operation;
        const body = step === 'proof' ? proof.body : undefined;
        const response = await transport.send({
          method,
          path,
          key,
          body,
          signal,
        });
        // Also a response that is no use, such as that of a model for another endpoint.
        this.#trialLimits ??= readTrialLimits(response.headers);
        this.#judge(step, response);
        this.#showsTrialKeys ||= step !== 'key';
      },
    };
  }

  #operationOf(step: CheckStep): Operation {
    const { operation, model } = this.#target.proof;
    switch (step) {
      case 'key':
        return KEY_CHECK;
      case 'model':
        return {
          method: 'GET',
          path: `/v1/models/${encodeURIComponent(model)}`,
          name: 'the model check',
          checks: operation,
        };
      case 'proof':
        return operation;
      default:
        return step satisfies never;
    }
  }

  /** @throws DiagnosedError, FailedResponse, UnusableResponse unless the response is a usable 2xx */
  #judge(step: CheckStep, response: ReceivedResponse): void {
    if (step === 'proof') {
      this.#target.proof.judge(response);
    } else {
      const answer = readJson(response);
      const fields = isObject(answer) ? answer : {};
      if (step === 'key') {
        this.#judgeKey(fields, response);
      } else {
        this.#judgeModel(fields, response);
      }
    }
  }

  /** Requires `valid: true`; the status 200 alone is not enough. */
  #judgeKey({ valid, organization_id: id }: Fields, response: ReceivedResponse): void {
    if (typeof valid !== 'boolean') {
      throw new UnusableResponse('the body does not say whether the key is valid', response);
    }
    if (!valid) {
      throw createError(diagnoseInvalidKey(this.#context(KEY_CHECK)));
    }
    this.#organizationId = readOrganizationId(id, secretsOf(this.#target.key));
  }

  #judgeModel(
    { endpoints, is_deprecated: isDeprecated }: Fields,
    response: ReceivedResponse,
  ): void {
    const { operation, model } = this.#target.proof;
    if (!Array.isArray(endpoints)) {
      throw new UnusableResponse('the body does not say what the model serves', response);
    }
    if (!endpoints.includes(operation.name)) {
      const others = endpoints.filter((name) => typeof name === 'string').join(', ') || 'none';
      const context = this.#context(this.#operationOf('model'));
      throw createError(
        createDiagnosis('COHERE_MODEL_NOT_FOUND', {
          title: `The model ${model} does not serve ${operation.name}.`,
          detail: `${describeTarget(context)} names other endpoints: ${shorten(toOneLine(others))}.`,
          about: context,
          upstream: { status: response.status },
        }),
      );
    }
    this.#isDeprecated = isDeprecated === true;
  }

  #context(operation: Operation): RequestContext {
    const { transport, key, keyName } = this.#target;
    return requestContext(transport, operation, key, keyName);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Certain failures first, the key before the model. */
function verdictOf(diagnoses: readonly Diagnosis[]): Pick<KeyStatus, 'verdict' | 'diagnosis'> {
  const refused = diagnoses.find(({ code }) => CATALOGUE[code].aboutKey);
  if (refused !== undefined) {
    return { verdict: 'rejected', diagnosis: refused };
  }
  const diagnosis = diagnoses.find(({ code }) => CATALOGUE[code].boot === 'fails') ?? diagnoses[0];
  return diagnosis === undefined ? { verdict: 'valid' } : { verdict: 'undetermined', diagnosis };
}
