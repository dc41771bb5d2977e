import { describeValue } from '../config/describe-value.js';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { ConfigurationError } from '../diagnosis/errors.js';
import { READY_MADE_KEYS } from './emulator/keys.js';
import { OfflineCohere } from './module/offline-cohere.js';
import {
  createOfflineRerankService,
  type OfflineSettings,
} from './module/offline-rerank-service.js';
import type { RecordedRerank } from './module/recorded-rerank.js';
import type { FailNextOptions } from './module/scripted-failures.js';
import type { RerankService } from '../rerank/rerank.service.js';
import type { ScoreFunction } from './emulator/ranking.js';

/**
 * Options of a `RerankService` without HTTP.
 *
 * `maxRetries` is 0 unless set, so that a scripted failure is one failed call; the other defaults are those of
 * `CohereModule`. The environment is not read.
 *
 * @publicApi
 */
export interface CohereTestingOptions extends OfflineSettings {
  /** Scores the documents, 0 to 1, instead of the words that they share with the query. */
  readonly score?: ScoreFunction | undefined;
}

/**
 * A `RerankService` without HTTP, and control over what it gets. The service is the real one, with its
 * validation, splitting, merging, retries and errors; only Cohere is replaced.
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
  /** The service to inject instead of the app's. */
  readonly rerank: RerankService;

  /** @throws ConfigurationError when an option is invalid */
  constructor({ score, ...settings }: CohereTestingOptions = {}) {
    requireFunction(score);
    this.#cohere = new OfflineCohere(score);
    this.rerank = createOfflineRerankService({
      endpoint: this.#cohere,
      answer: (request) => this.#cohere.answer(request),
      apiKey: READY_MADE_KEYS.active,
      settings: { ...settings, maxRetries: settings.maxRetries ?? 0 },
    });
  }

  /**
   * Makes the next call fail with a code, as if Cohere had answered so. Failures wait in a queue.
   *
   * @throws RangeError for an unknown code, and when `times` is neither a whole number from 1 nor Infinity
   */
  failNext(code: DiagnosisCode, options: FailNextOptions = {}): void {
    this.#cohere.failures.add(code, options);
  }

  /** The requests that would have gone to `/v2/rerank`, failed ones included, in order. */
  get calls(): readonly RecordedRerank[] {
    return [...this.#cohere.calls];
  }

  /** Removes the recorded calls and the scripted failures. */
  reset(): void {
    this.#cohere.reset();
  }
}

function requireFunction(score: unknown): void {
  if (score !== undefined && typeof score !== 'function') {
    throw new ConfigurationError(
      createDiagnosis('COHERE_CONFIG_INVALID', {
        title: 'score must be a function.',
        detail: `score, an option of CohereTestingModule: ${describeValue(score, [])}`,
        fix: ['Pass a function (query, document, index) => number, or leave it out.'],
      }),
    );
  }
}
