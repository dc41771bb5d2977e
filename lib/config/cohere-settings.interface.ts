import type { Dispatcher } from 'undici';
import type { StartupCheckOptions } from './cohere-module-options.interface.js';

/** The options after environment, defaults and validation: complete, and right. */
export interface CohereSettings {
  /** Without trailing slash, `/v1`, `/v2` or `/rerank`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly concurrency: number;
  readonly maxDocumentsPerRequest: number;
  readonly startupCheck: Required<StartupCheckOptions>;
  readonly clientName: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher | undefined;
  readonly captureContent: boolean;
}
