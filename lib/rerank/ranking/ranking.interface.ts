import type { RerankResult } from '../rerank-response.interface.js';

/** One believed answer. */
export interface Ranking<T extends string | object> {
  /** By their index in the caller's list, in the order of the answer. */
  readonly results: readonly RerankResult<T>[];
  readonly id: string | undefined;
  readonly searchUnits: number | undefined;
  readonly inputTokens: number | undefined;
  readonly warnings: readonly string[];
}
