import { RerankService } from './rerank.service.js';

/**
 * The injection token of an instance: `RerankService` itself, or that of the named one.
 *
 * @publicApi
 */
export function getRerankToken(name?: string): typeof RerankService | string {
  return name === undefined ? RerankService : `COHERE_RERANK_${name}`;
}
