import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import type { RerankResponse } from './rerank.interface.js';

/** One call, as spans and metrics describe it. */
export interface ObservedCall {
  readonly model: string;
  readonly query: string;
  readonly texts: readonly string[];
  readonly topN: number | undefined;
}

/** Reports calls to the app's monitoring. An interface, so that no type of OpenTelemetry leaks. */
export interface RerankTelemetry {
  /** Runs the call as its span, and ends with its response or error. */
  observe<T extends string | object>(
    call: ObservedCall,
    run: () => Promise<RerankResponse<T>>,
  ): Promise<RerankResponse<T>>;
  /** Counts a call whose documents were returned in their original order. */
  countDegraded(model: string, code: DiagnosisCode): void;
}

/** The settings that all calls of an instance share. */
export interface TelemetrySettings {
  readonly baseUrl: string;
  readonly captureContent: boolean;
}
