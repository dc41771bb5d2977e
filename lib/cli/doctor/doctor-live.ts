import type { ResolvedConfiguration } from '../../config/resolved-configuration.interface.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { DiagnosedError } from '../../diagnosis/errors.js';
import type { KeyStatus } from '../../transport/key-check.js';
import type { LiveMode } from './doctor-arguments.js';

export interface LiveResult {
  readonly mode: LiveMode;
  readonly verdict: KeyStatus['verdict'];
  readonly durationMs: number;
  readonly diagnosis: Diagnosis | undefined;
}

/** Asks Cohere. Only now is the transport loaded, so that a check without `--live` starts fast. */
export async function askCohere(
  configuration: ResolvedConfiguration,
  mode: LiveMode,
): Promise<LiveResult> {
  const [{ CohereTransport }, { probeKey }] = await Promise.all([
    import('../../transport/cohere-transport.js'),
    import('../../transport/key-check.js'),
  ]);
  const { settings, apiKey, keySource } = configuration;
  const startedAt = performance.now();
  const result = ({ verdict, diagnosis }: KeyStatus): LiveResult => ({
    mode,
    verdict,
    durationMs: Math.round(performance.now() - startedAt),
    diagnosis,
  });
  try {
    const transport = new CohereTransport(settings);
    try {
      const status = await probeKey(transport, apiKey, {
        mode,
        model: settings.model,
        timeoutMs: settings.timeoutMs,
        maxRetries: settings.maxRetries,
        keyName: keySource.name,
      });
      return result(await withOrigin(status, configuration));
    } finally {
      await transport.close();
    }
  } catch (error) {
    // A proxy variable that holds no address.
    if (error instanceof DiagnosedError) {
      return result({ verdict: 'undetermined', diagnosis: error.diagnosis });
    }
    throw error;
  }
}

/** The verdict with the origin of the key, as the boot reports it. */
async function withOrigin(
  status: KeyStatus,
  configuration: ResolvedConfiguration,
): Promise<KeyStatus> {
  const { diagnosis } = status;
  return diagnosis?.key === undefined
    ? status
    : { ...status, diagnosis: await configuration.describeVerdict(diagnosis) };
}
