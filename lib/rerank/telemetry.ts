import { OpenTelemetry } from './open-telemetry.js';
import type { RerankResponse } from './rerank.interface.js';

/** One call to be told of. */
export interface ObservedCall {
  readonly model: string;
  readonly query: string;
  readonly texts: readonly string[];
  readonly topN: number | undefined;
}

/** Tells whatever watches the app of a call. In an interface of its own, so that no type of OpenTelemetry leaks. */
export interface RerankTelemetry {
  /** Runs the call as its span, and ends with what the call ends with. */
  observe<T extends string | object>(
    call: ObservedCall,
    run: () => Promise<RerankResponse<T>>,
  ): Promise<RerankResponse<T>>;
}

/** What stays the same over all calls of an instance. */
export interface TelemetrySettings {
  readonly baseUrl: string;
  readonly captureContent: boolean;
}

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
