import { CATALOGUE } from '../diagnosis/catalogue.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import type { RerankRequest, RerankResponse, RerankResult } from './rerank.interface.js';

/** Returns true for a failure of Cohere or of the network, false for a wrong argument or setting and for an abort. */
export function isDegradable(error: unknown): error is DiagnosedError {
  if (!(error instanceof DiagnosedError)) {
    return false;
  }
  const kind = CATALOGUE[error.code].error;
  return kind !== 'InvalidRequestError' && kind !== 'ConfigurationError';
}

/**
 * Returns the response to a call that Cohere cannot rank: the documents in the caller's order, those without text
 * last as in any ranking, cut to `topN`. The scores are 0, so `minRelevanceScore` does not apply.
 *
 * @param blank results of the documents without text, if known
 */
export function inOriginalOrder<T extends string | object>(
  { documents, topN = documents.length }: Pick<RerankRequest<T>, 'documents' | 'topN'>,
  blank: readonly RerankResult<T>[],
  model: string,
  degraded: Diagnosis,
): RerankResponse<T> {
  const withoutText = new Set(blank.map(({ index }) => index));
  const results: RerankResult<T>[] = [];
  for (let index = 0; index < documents.length && results.length < topN; index += 1) {
    const document = documents[index];
    if (document !== undefined && !withoutText.has(index)) {
      results.push({ document, index, relevanceScore: 0 });
    }
  }
  return {
    results: results.concat(blank.slice(0, Math.max(0, topN - results.length))),
    model,
    ids: [],
    usage: { requests: 0, retries: 0 },
    warnings: [],
    degraded,
  };
}
