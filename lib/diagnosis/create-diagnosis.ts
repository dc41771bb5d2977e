import { CATALOGUE, type DiagnosisCode, EXIT_CODE } from './catalogue.js';
import type { Diagnosis, UpstreamReply } from './diagnosis.interface.js';
import { docsUrl } from './library.js';
import { toInert } from './redact/clean-text.js';
import { type Address, targetOf } from './request-context.js';

/** The facts of one occurrence, in addition to its catalogue entry. */
export interface Occurrence {
  readonly detail: string;
  /** The address: for another host than Cohere's, the entry's texts for other hosts are used. */
  readonly about?: Address | undefined;
  readonly title?: string | undefined;
  /** The title for clients of the app. */
  readonly clientTitle?: string | undefined;
  /** Replaces the steps of the catalogue. */
  readonly fix?: readonly string[] | undefined;
  /** Replaces the steps for clients. */
  readonly clientFix?: readonly string[] | undefined;
  readonly key?: string | undefined;
  readonly upstream?: UpstreamReply | undefined;
  /** The HTTP status, e.g. 503 for an upstream 503. */
  readonly httpStatus?: number | undefined;
  readonly retryable?: boolean | undefined;
  /** The exit code, e.g. 69 if the secret store is unreachable. */
  readonly exitCode?: number | undefined;
}

/**
 * Creates a diagnosis from a catalogue entry. Settings, file names and upstreams may contain anything, so all texts are
 * made safe to print.
 */
export function createDiagnosis(code: DiagnosisCode, occurrence: Occurrence): Diagnosis {
  const entry = CATALOGUE[code];
  const { key } = occurrence;
  // The title of a defect detected locally may name the file of the key.
  const isOffline = entry.aboutKey && entry.exitCode === EXIT_CODE.configuration;
  const clientTitle = occurrence.clientTitle ?? (isOffline ? entry.title : undefined);
  return {
    code,
    title: toInert(occurrence.title ?? entry.title),
    clientTitle: clientTitle === undefined ? undefined : toInert(clientTitle),
    detail: toInert(occurrence.detail),
    fix: (occurrence.fix ?? fixFor(code, occurrence.about)).map(toInert),
    clientFix: (occurrence.clientFix ?? entry.clientFix).map(toInert),
    docs: docsUrl(code),
    httpStatus: occurrence.httpStatus ?? entry.httpStatus,
    retryable: occurrence.retryable ?? entry.retryable,
    exitCode: occurrence.exitCode ?? entry.exitCode,
    key: key === undefined ? undefined : toInert(key),
    upstream: occurrence.upstream,
  };
}

/** Returns the steps of a code for an address; without one, those for Cohere. */
export function fixFor(code: DiagnosisCode, about: Address | undefined): readonly string[] {
  const { isCohere, host } = targetOf(about);
  return isCohere ? CATALOGUE[code].fix : fixElsewhere(code, host);
}

/** Returns the steps of a code for another host than Cohere's. */
export function fixElsewhere(code: DiagnosisCode, host: string): readonly string[] {
  const entry = CATALOGUE[code];
  return (entry.fixElsewhere ?? entry.fix).map((step) => step.replaceAll('{host}', host));
}
