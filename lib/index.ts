export { CohereModule } from './cohere.module.js';
export type { CohereModuleExtras } from './cohere.module-definition.js';
export { getCohereToken, getRerankToken, InjectCohere, InjectRerank } from './cohere.tokens.js';
export { cohereEnvSchema } from './config/cohere-env.schema.js';
export { cohereConfig } from './config/cohere.config.js';
export type {
  ApiKeyOption,
  CohereEnv,
  CohereModuleOptions,
  CohereOptionsFactory,
  RequestDispatcher,
  StartupCheckMode,
  StartupCheckOptions,
} from './config/settings.js';
export type { RateLimiter, ScoreCacheOptions, ScoreStore } from './config/shared-stores.js';
export { diagnose } from './diagnosis/diagnose.js';
export { DIAGNOSIS_CODES, type DiagnosisCode } from './diagnosis/catalogue.js';
export type { Diagnosis, UpstreamReply } from './diagnosis/diagnosis.interface.js';
export {
  AuthenticationError,
  ConfigurationError,
  DiagnosedError,
  InvalidRequestError,
  QuotaError,
  RateLimitError,
  TimeoutError,
  UnavailableError,
} from './diagnosis/errors.js';
export { CohereExceptionFilter } from './filter/cohere-exception.filter.js';
export type { CohereErrorResponse, CohereFilterOptions } from './filter/error-response.js';
export { CohereHttpException, toHttpException } from './filter/to-http-exception.js';
export type { RerankCallOptions, RerankRequest } from './rerank/rerank.interface.js';
export type {
  RelevantSpan,
  RerankResponse,
  RerankResult,
  RerankUsage,
} from './rerank/rerank.interface.js';
export type { RerankEachOptions, RerankOutcome, RerankProgress } from './rerank/rerank-each.js';
export { RerankService, type CheckKeyOptions } from './rerank/rerank.service.js';
export { failBoot } from './startup/fail-boot.js';
export type { KeyStatus } from './transport/key-facts.js';
