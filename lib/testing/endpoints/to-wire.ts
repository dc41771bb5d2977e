import type { EmulatedRanking, EmulatedResult } from './run-rerank.js';

export type WireResult = Readonly<Record<string, unknown>>;

export function wireResult({ index, score, spans }: EmulatedResult): WireResult {
  return {
    index,
    relevance_score: score,
    ...(spans === undefined ? {} : { relevant_spans: spans }),
  };
}

export function wireBilledUnits({
  searchUnits,
  inputTokens,
}: EmulatedRanking): Readonly<Record<string, number>> {
  return {
    search_units: searchUnits,
    ...(inputTokens === undefined ? {} : { input_tokens: inputTokens }),
  };
}
