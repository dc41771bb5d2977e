import type { DiagnosisCode } from './catalogue.js';

/**
 * The answer of Cohere, or of something between the app and Cohere. Never contains a secret.
 *
 * @publicApi
 */
export interface UpstreamReply {
  /** The HTTP status, if a response arrived. */
  readonly status?: number | undefined;
  /** The message of the reply, shortened, with anything that looks like a credential removed. */
  readonly message?: string | undefined;
  /** Cohere's own id of the request (`x-debug-trace-id`, or `id` of the body), for a support ticket. */
  readonly requestId?: string | undefined;
}

/**
 * One problem, described so that a person can act on it. Every surface of this library
 * (boot report, exception filter, health check, command line, docs/errors.md) renders this record.
 *
 * @publicApi
 */
export interface Diagnosis {
  /** Stable and documented in docs/errors.md. */
  readonly code: DiagnosisCode;
  /** One line. */
  readonly title: string;
  /** The title for clients of the app, where `title` may name a file. */
  readonly clientTitle?: string | undefined;
  /** The facts of this occurrence, never a secret. Empty if `title` and `key` contain them all. */
  readonly detail: string;
  /** Imperative steps, the most likely one first. */
  readonly fix: readonly string[];
  /** Steps for clients of the app: each one stands alone and names no host and no file. */
  readonly clientFix: readonly string[];
  /** Address of this code's section in docs/errors.md. */
  readonly docs: string;
  /** The HTTP status of the exception filter's answer. */
  readonly httpStatus: number;
  /**
   * True if the same call may succeed later without a change. The library's own retries are already spent; a caller
   * may repeat a call that timed out.
   */
  readonly retryable: boolean;
  /** sysexits.h: 78 configuration, 77 key rejected, 69 unavailable. */
  readonly exitCode: number;
  /** The key this is about: `COHERE_API_KEY, 40 characters, sha256:1f3a9c02`. Names its source, never shows it. */
  readonly key?: string | undefined;
  readonly upstream?: UpstreamReply | undefined;
}
