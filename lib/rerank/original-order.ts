import { CATALOGUE } from '../diagnosis/catalogue.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { DOCUMENTS_PER_LOOK, Pace } from './pace.js';
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
 * @param blank results of the documents without text, by index, if known
 */
export async function inOriginalOrder<T extends string | object>(
  { documents, topN = documents.length }: Pick<RerankRequest<T>, 'documents' | 'topN'>,
  blank: readonly RerankResult<T>[],
  model: string,
  degraded: Diagnosis,
): Promise<RerankResponse<T>> {
  const pace = new Pace();
  const results: RerankResult<T>[] = [];
  let nextBlank = 0;
  for (let index = 0; index < documents.length && results.length < topN; index += 1) {
    const document = documents[index];
    if (index === blank[nextBlank]?.index) {
      nextBlank += 1;
    } else if (document !== undefined) {
      results.push({ document, index, relevanceScore: 0 });
    }
    if (index % DOCUMENTS_PER_LOOK === 0 && pace.isDue) {
      // oxlint-disable-next-line no-await-in-loop
      await pace.turn();
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
