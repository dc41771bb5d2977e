import type { DiagnosedError } from '../diagnosis/errors/diagnosed.error.js';
import type { RerankCallOptions } from './rerank-request.interface.js';
import type { RerankResponse } from './rerank-response.interface.js';

/**
 * What became of one request of `rerankEach`: `response`, or the `error` it failed with.
 *
 * @publicApi
 */
export type RerankOutcome<T extends string | object> =
  | {
      /** The place of the request in the input, from 0. */
      readonly index: number;
      readonly response: RerankResponse<T>;
      readonly error?: undefined;
    }
  | { readonly index: number; readonly error: DiagnosedError; readonly response?: undefined };

/** @publicApi */
export interface RerankProgress {
  /** Requests that have an outcome, failed ones included. */
  readonly finished: number;
  readonly failed: number;
}

/** @publicApi */
export interface RerankEachOptions extends RerankCallOptions {
  /** Requests of this run at the same time, 1 to 1,000. Default: the module's `concurrency`. */
  readonly concurrency?: number | undefined;
  /** Called once per outcome, before it is handed out. */
  readonly onProgress?: ((progress: RerankProgress) => void) | undefined;
}
