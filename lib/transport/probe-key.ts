import type { StartupCheckMode } from '../config/cohere-module-options.interface.js';
import type { Secret } from '../config/secret.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { DiagnosedError } from '../diagnosis/errors/diagnosed.error.js';
import { isKeyVerdict } from '../diagnosis/is-key-verdict.js';
import { CallScope } from './call-scope.js';
import type { CohereTransport } from './cohere-transport.js';
import type { KeyStatus } from './key-status.interface.js';
import { askForModel, checkKey, rerankOnce, type Probe, type ProbeTarget } from './probes.js';

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
  const refused = diagnoses.find(isKeyVerdict);
  if (refused !== undefined) {
    return { verdict: 'rejected', diagnosis: refused };
  }
  const diagnosis = diagnoses.find(({ code }) => code === 'COHERE_MODEL_NOT_FOUND') ?? diagnoses[0];
  return diagnosis === undefined ? { verdict: 'valid' } : { verdict: 'undetermined', diagnosis };
}
