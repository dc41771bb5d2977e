import type { OfflineSettings } from '../../rerank/offline-rerank-service.js';
import type { ScoreFunction } from '../ranking/rank-documents.js';

/**
 * What a `RerankService` without HTTP may be given.
 *
 * `maxRetries` is 0 unless set, so that a scripted failure is one failed call; all else has the defaults
 * of `CohereModule`. The environment plays no part.
 *
 * @publicApi
 */
export interface CohereTestingOptions extends OfflineSettings {
  /** Scores the documents, 0 to 1, in place of the emulator's BM25. */
  readonly score?: ScoreFunction | undefined;
}
