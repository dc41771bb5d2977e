import type { ResolvedConfiguration } from '../../config/resolved-configuration.interface.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { DiagnosedError } from '../../diagnosis/errors.js';
import { rerankProof } from '../../rerank/rerank-proof.js';
import { ApiKeyService } from '../../transport/api-key.service.js';
import { CohereTransport } from '../../transport/cohere-transport.js';
import { type KeyFindings, withTrialPolicy } from '../../transport/key-check.js';
import { describeSecret, type TrialLimits } from '../../transport/key-facts.js';
import type { LiveMode } from './doctor-arguments.js';

export interface LiveResult {
  readonly mode: LiveMode;
  readonly verdict: KeyFindings['verdict'];
  readonly durationMs: number;
  readonly diagnosis: Diagnosis | undefined;
  readonly organizationId: string | undefined;
  readonly trialLimits: TrialLimits | undefined;
  readonly warnings: readonly string[];
  /** True if the emulator of this package responded. */
  readonly isEmulator: boolean;
}

/** Checks the key with Cohere. */
export async function checkLive(
  configuration: ResolvedConfiguration,
  mode: LiveMode,
): Promise<LiveResult> {
  const { settings, apiKey: key, keySource: source } = configuration;
  const isEmulator = await isEmulatorAt(settings.baseUrl);
  const startedAt = performance.now();
  const result = (findings: Partial<KeyFindings> & Pick<KeyFindings, 'verdict'>): LiveResult => ({
    mode,
    verdict: findings.verdict,
    durationMs: Math.round(performance.now() - startedAt),
    diagnosis: findings.diagnosis,
    organizationId: findings.organizationId,
    trialLimits: findings.trialLimits,
    warnings: findings.warnings ?? [],
    isEmulator,
  });
  try {
    const transport = new CohereTransport(settings);
    try {
      const { organizationId, timeoutMs, maxRetries } = settings;
      const { onTrialKey } = settings.startupCheck;
      const proof = rerankProof(settings);
      const apiKey = new ApiKeyService({ transport, source, key, proof, organizationId });
      const findings = await apiKey.probe({ mode, timeoutMs, maxRetries, findsTrialKeys: true });
      const name = key === undefined ? source.name : describeSecret(key, source.name);
      return result(
        await withOrigin(withTrialPolicy(findings, onTrialKey, name, settings), configuration),
      );
    } finally {
      await transport.close();
    }
  } catch (error) {
    // A proxy variable that is not an address.
    if (error instanceof DiagnosedError) {
      return result({ verdict: 'undetermined', diagnosis: error.diagnosis });
    }
    throw error;
  }
}

/** Detects the emulator without sending the key, and only over plain http, which Cohere does not use. */
async function isEmulatorAt(baseUrl: string): Promise<boolean> {
  if (!baseUrl.startsWith('http://')) {
    return false;
  }
  try {
    const response = await fetch(baseUrl, {
      redirect: 'manual',
      signal: AbortSignal.timeout(1_000),
    });
    await response.body?.cancel();
    return response.headers.has('x-nestjs-cohere-emulator');
  } catch {
    return false;
  }
}

/** Returns the verdict with the origin of the key, like the boot report. */
async function withOrigin(
  findings: KeyFindings,
  configuration: ResolvedConfiguration,
): Promise<KeyFindings> {
  const { diagnosis } = findings;
  return diagnosis?.key === undefined
    ? findings
    : { ...findings, diagnosis: await configuration.describeVerdict(diagnosis) };
}
