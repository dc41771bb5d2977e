import type { DiagnosisCode } from '../../../../lib/diagnosis/catalogue.js';
import type {
  ReceivedResponse,
  RequestContext,
} from '../../../../lib/diagnosis/request-context.js';

/** One response, and what it has to mean. */
export interface Row {
  readonly response: ReceivedResponse;
  readonly code: DiagnosisCode;
  readonly context?: RequestContext;
  /** A word of the first step of the fix, or of the title. */
  readonly names?: RegExp;
  readonly retryable?: boolean;
  readonly httpStatus?: number;
}
