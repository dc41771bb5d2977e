import type { ApiKeySource } from '../config/api-key/api-key-source.interface.js';
import { Secret } from '../config/api-key/secret.js';
import { describeValue } from '../config/describe-value.js';
import { readSettings } from '../config/read-settings.js';
import { resolveSettings } from '../config/resolve-settings.js';
import { misplacedDiagnoses, settingDiagnosis } from '../config/setting-problem.js';
import type { CohereModuleOptions, RequestDispatcher } from '../config/settings.js';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import { ConfigurationError } from '../diagnosis/errors.js';
import { RerankService } from '../rerank/rerank.service.js';
import { rerankProof } from '../rerank/rerank-proof.js';
import { ApiKeyService } from '../transport/api-key.service.js';
import { CohereTransport } from '../transport/cohere-transport.js';
import { READY_MADE_KEYS } from './emulator/keys.js';
import type { ScoreFunction } from './emulator/ranking.js';
import { type FailNextOptions, OfflineCohere, type RecordedRerank } from './offline-cohere.js';

/** The settings that have an effect without a network. */
type OfflineSettings = Pick<
  CohereModuleOptions,
  'model' | 'timeoutMs' | 'maxRetries' | 'concurrency' | 'maxDocumentsPerRequest'
>;

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
 * A `RerankService` without HTTP, with scripted failures and recorded calls. The service is the real one, with its
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
    this.rerank = createOfflineService(
      { ...settings, maxRetries: settings.maxRetries ?? 0 },
      this.#cohere.dispatcher,
    );
  }

  /**
   * Makes the next call fail with a code, as if Cohere had sent it. Failures are queued.
   *
   * @throws RangeError for an unknown code, and when `times` is neither a whole number from 1 nor Infinity
   */
  failNext(code: DiagnosisCode, options: FailNextOptions = {}): void {
    this.#cohere.failNext(code, options);
  }

  /** The requests to `/v2/rerank` that would have been sent, failed ones included, in order. */
  get calls(): readonly RecordedRerank[] {
    return this.#cohere.calls;
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

/**
 * Creates a real `RerankService` without a connection to Cohere. It reads no environment; it accepts each refusal of
 * its key at once and remembers none, because a test scripts each call by itself.
 */
function createOfflineService(
  options: OfflineSettings,
  dispatcher: RequestDispatcher,
): RerankService {
  const { wrong, misplaced } = readSettings(options, {});
  const problems = [
    ...wrong.map((one) => settingDiagnosis(one, [])),
    ...misplacedDiagnoses(misplaced, []),
  ];
  const [first] = problems;
  if (first !== undefined) {
    throw new ConfigurationError(first, problems);
  }
  // A host of Cohere's, so that its key check decides; nothing is sent there.
  const baseUrl = 'https://offline.cohere.com';
  const settings = resolveSettings({ ...options, baseUrl, dispatcher }, {});
  const key = new Secret(READY_MADE_KEYS.active);
  const source: ApiKeySource = {
    name: 'the key of the test',
    read: () => Promise.resolve(key),
    mayHaveChanged: () => Promise.resolve(false),
  };
  const transport = new CohereTransport(settings);
  const proof = rerankProof(settings);
  const apiKey = new ApiKeyService({ transport, source, key, proof, trustsFirst401: true });
  return new RerankService({ settings, transport, apiKey });
}
