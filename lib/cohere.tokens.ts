import { Inject } from '@nestjs/common';
import { getRerankToken } from './rerank/rerank.service.js';

export { getRerankToken };

/**
 * Returns the injection token of the SDK client of an instance (`client: true`).
 *
 * @publicApi
 */
export function getCohereToken(name?: string): string {
  return name === undefined ? 'COHERE_CLIENT' : `COHERE_CLIENT_${name}`;
}

/**
 * Injects the `RerankService` of a named instance.
 *
 * @example
 * ```ts
 * constructor(@InjectRerank('eu') private readonly rerank: RerankService) {}
 * ```
 * @publicApi
 */
export function InjectRerank(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getRerankToken(name));
}

/**
 * Injects the `CohereClientV2` of an instance that was registered with `client: true`.
 *
 * @example
 * ```ts
 * constructor(@InjectCohere() private readonly cohere: CohereClientV2) {}
 * ```
 * @publicApi
 */
export function InjectCohere(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getCohereToken(name));
}

/** Tokens inside one instance of the module; plain strings, so that two copies of the library agree. */
export const COHERE_CONFIGURATION = 'COHERE_CONFIGURATION';
export const COHERE_CALL_SITE = 'COHERE_CALL_SITE';
export const COHERE_TRANSPORT = 'COHERE_TRANSPORT';
export const COHERE_API_KEY_SERVICE = 'COHERE_API_KEY_SERVICE';
export const COHERE_STARTUP_CHECK = 'COHERE_STARTUP_CHECK';
