import type { RelevantSpan } from '../rerank-response.interface.js';

/** A document's place in one answer, by its index in the caller's list. */
export interface RankedDocument {
  readonly index: number;
  readonly relevanceScore: number;
  readonly relevantSpans?: readonly RelevantSpan[];
}

/** One believed answer. */
export interface Ranking {
  readonly ranked: readonly RankedDocument[];
  readonly id: string | undefined;
  readonly searchUnits: number | undefined;
  readonly inputTokens: number | undefined;
  readonly warnings: readonly string[];
}
