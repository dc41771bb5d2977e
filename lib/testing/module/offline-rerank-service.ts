import type { ApiKeySource } from '../../config/api-key/api-key-source.interface.js';
import { Secret } from '../../config/api-key/secret.js';
import { readSettings } from '../../config/read-settings.js';
import { resolveSettings } from '../../config/resolve-settings.js';
import { misplacedDiagnoses, settingDiagnosis } from '../../config/setting-problem.js';
import type { CohereModuleOptions } from '../../config/settings.js';
import { ConfigurationError } from '../../diagnosis/errors.js';
import { ApiKeyHolder } from '../../transport/api-key-holder.js';
import { CohereTransport } from '../../transport/cohere-transport.js';
import type { RerankEndpoint } from '../../rerank/rerank-endpoint.js';
import { type OfflineAnswer, OfflineDispatcher } from './offline-dispatcher.js';
import { RerankService } from '../../rerank/rerank.service.js';

/** The settings that mean something without a network. */
export type OfflineSettings = Pick<
  CohereModuleOptions,
  'model' | 'timeoutMs' | 'maxRetries' | 'concurrency' | 'maxDocumentsPerRequest'
>;

export interface OfflineDeployment {
  /** Ranks instead of Cohere. */
  readonly endpoint: RerankEndpoint;
  /** Answers what is asked besides: the key check and the models. */
  readonly answer: OfflineAnswer;
  readonly apiKey: string;
  readonly settings: OfflineSettings;
}

const BASE_URL = 'http://cohere.offline';

/**
 * A real `RerankService`, but without the connection to Cohere, for tests. The environment is not read, and a
 * refused key is believed at once and never remembered, because a test scripts each call by itself.
 */
export function createOfflineRerankService({
  endpoint,
  answer,
  apiKey,
  settings: options,
}: OfflineDeployment): RerankService {
  requireValid(options);
  const dispatcher = new OfflineDispatcher(answer);
  const settings = resolveSettings({ ...options, baseUrl: BASE_URL, dispatcher }, {});
  const key = new Secret(apiKey);
  const source: ApiKeySource = {
    name: 'the key of the test',
    read: () => Promise.resolve(key),
    mayHaveChanged: () => Promise.resolve(false),
  };
  const keys = new ApiKeyHolder(source, key, { believesEachRefusal: true });
  return new RerankService({ settings, transport: new CohereTransport(settings), keys, endpoint });
}

function requireValid(options: OfflineSettings): void {
  const { wrong, misplaced } = readSettings(options, {});
  const problems = [
    ...wrong.map((one) => settingDiagnosis(one, [])),
    ...misplacedDiagnoses(misplaced, []),
  ];
  const [first] = problems;
  if (first !== undefined) {
    throw new ConfigurationError(first, problems);
  }
}
