import type { Diagnosis, UpstreamReply } from './diagnosis.interface.js';
import { CATALOGUE, type DiagnosisCode } from './catalogue.js';
import { docsUrl } from './library.js';

/** What one occurrence adds to its catalogue entry. */
export interface Occurrence {
  readonly detail: string;
  readonly title?: string;
  /** Replaces the steps of the catalogue. */
  readonly fix?: readonly string[];
  readonly upstream?: UpstreamReply;
  /** Replaces the catalogue's status, e.g. 503 for an upstream 503. */
  readonly httpStatus?: number;
  readonly retryable?: boolean;
}

/** Fills in a catalogue entry with what was seen. */
export function createDiagnosis(code: DiagnosisCode, occurrence: Occurrence): Diagnosis {
  const entry = CATALOGUE[code];
  return {
    code,
    title: occurrence.title ?? entry.title,
    detail: occurrence.detail,
    fix: occurrence.fix ?? entry.fix,
    docs: docsUrl(code),
    httpStatus: occurrence.httpStatus ?? entry.httpStatus,
    retryable: occurrence.retryable ?? entry.retryable,
    exitCode: entry.exitCode,
    ...(occurrence.upstream === undefined ? {} : { upstream: occurrence.upstream }),
  };
}
