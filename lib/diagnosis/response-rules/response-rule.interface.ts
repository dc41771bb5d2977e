import type { DiagnosisCode } from '../diagnosis-code.js';
import type { Reply } from '../read-reply.js';
import type { RequestContext } from '../request-context.interface.js';

/** One row: which response, and what it means. Everything left out matches, or comes from the catalogue. */
export interface ResponseRule {
  /** One status, several, or a range with both ends. */
  readonly status?: readonly number[] | { readonly from: number; readonly to: number };
  readonly format?: readonly Reply['format'][];
  /** Looked for in the message of the reply. */
  readonly says?: RegExp;
  readonly path?: RegExp;
  /** Whether the request carried a key. */
  readonly withKey?: boolean;

  readonly code: DiagnosisCode;
  readonly title?: string;
  readonly fix?: readonly string[] | ((context: RequestContext | undefined) => readonly string[]);
  readonly httpStatus?: number;
  readonly retryable?: boolean;
}
