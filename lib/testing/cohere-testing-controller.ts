import type { ScoreFunction } from './emulator/ranking/rank-documents.js';
import type { RerankService } from '../rerank/rerank.service.js';
import { READY_MADE_KEYS } from './emulator/keys/key-states.js';
import { OfflineCohere } from './module/offline-cohere.js';
import {
  createOfflineRerankService,
  type OfflineSettings,
} from './module/offline-rerank-service.js';
import type { RecordedRerank } from './module/recorded-rerank.js';
import type { FailNextOptions } from './module/scripted-failures.js';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';

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

/**
 * A `RerankService` without HTTP, and the strings behind it. The service is the real one - texts, blank
 * documents, splitting and merging, validation, retries and errors included - only Cohere is not.
 *
 * @example
 * ```ts
 * const cohere = new CohereTestingController();
 * const search = new SearchService(cohere.rerank);
 * cohere.failNext('COHERE_RATE_LIMITED');
 * await expect(search.find('refund')).rejects.toThrow(RateLimitError);
 * ```
 * @publicApi
 */
export class CohereTestingController {
  readonly #cohere: OfflineCohere;
  /** What is injected in place of the app's `RerankService`. */
  readonly rerank: RerankService;

  constructor({ score, ...settings }: CohereTestingOptions = {}) {
    this.#cohere = new OfflineCohere(score);
    this.rerank = createOfflineRerankService({
      endpoint: this.#cohere,
      answer: (request) => this.#cohere.answer(request),
      apiKey: READY_MADE_KEYS.active,
      settings: { ...settings, maxRetries: settings.maxRetries ?? 0 },
    });
  }

  /**
   * Lets the next call fail with a code, as it would if Cohere had answered so. Failures wait in a queue.
   *
   * @throws RangeError when `times` is neither a whole number from 1 nor Infinity
   */
  failNext(code: DiagnosisCode, options: FailNextOptions = {}): void {
    this.#cohere.failures.add(code, options);
  }

  /** What would have been sent to `/v2/rerank`, failed calls included, in its order. */
  get calls(): readonly RecordedRerank[] {
    return [...this.#cohere.calls];
  }

  /** Forgets calls and scripted failures. */
  reset(): void {
    this.#cohere.reset();
  }
}
