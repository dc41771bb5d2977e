import { OpenTelemetry } from './open-telemetry.js';
import type { RerankTelemetry, TelemetrySettings } from './rerank-telemetry.interface.js';

/** @returns undefined where the app does not have `@opentelemetry/api`, an optional peer */
export async function loadTelemetry(
  settings: TelemetrySettings,
): Promise<RerankTelemetry | undefined> {
  try {
    return new OpenTelemetry(await import('@opentelemetry/api'), settings);
  } catch {
    return undefined;
  }
}
