import type { Diagnosis, UpstreamReply } from './diagnosis.interface.js';
import { CATALOGUE, type DiagnosisCode } from './catalogue.js';
import { docsUrl } from './library.js';
import { readProperty } from './read-safely.js';
import { toOneLine } from './redact/clean-text.js';
import { hostsOf, type RequestContext } from './request-context.js';

/** What one occurrence adds to its catalogue entry. What is left out comes from the entry. */
export interface Occurrence {
  readonly detail: string;
  /** The request that failed: its hosts are told to operators, and to no client of the app. */
  readonly about?: RequestContext | undefined;
  readonly title?: string | undefined;
  /** Replaces the steps of the catalogue. */
  readonly fix?: readonly string[] | undefined;
  /** Replaces the steps for clients. */
  readonly clientFix?: readonly string[] | undefined;
  readonly key?: string | undefined;
  readonly upstream?: UpstreamReply | undefined;
  /** E.g. 503 for an upstream 503. */
  readonly httpStatus?: number | undefined;
  readonly retryable?: boolean | undefined;
  /** E.g. 69 where the secret store that holds the key cannot be reached. */
  readonly exitCode?: number | undefined;
}

/** Fills in a catalogue entry. Settings, file names and upstreams may hold anything: no text acts where it is printed. */
export function createDiagnosis(code: DiagnosisCode, occurrence: Occurrence): Diagnosis {
  const entry = CATALOGUE[code];
  const diagnosis = {
    code,
    title: toOneLine(occurrence.title ?? entry.title),
    detail: toOneLine(occurrence.detail),
    fix: (occurrence.fix ?? entry.fix).map(toOneLine),
    clientFix: (occurrence.clientFix ?? entry.clientFix).map(toOneLine),
    docs: docsUrl(code),
    httpStatus: occurrence.httpStatus ?? entry.httpStatus,
    retryable: occurrence.retryable ?? entry.retryable,
    exitCode: occurrence.exitCode ?? entry.exitCode,
    key: occurrence.key === undefined ? undefined : toOneLine(occurrence.key),
    upstream: occurrence.upstream,
  };
  return Object.defineProperty(diagnosis, HOSTS, { value: hostsOf(occurrence.about) });
}

/** The same diagnosis with other texts. */
export function amendDiagnosis(
  diagnosis: Diagnosis,
  texts: Partial<Pick<Diagnosis, 'title' | 'detail' | 'fix'>>,
): Diagnosis {
  const value = hostsNamedIn(diagnosis);
  return Object.defineProperty({ ...diagnosis, ...texts }, HOSTS, { value });
}

/** Not enumerable, so that no output shows it; registered, so that another copy of this library reads it. */
const HOSTS = Symbol.for('nestjs-cohere.hosts');

/** The hosts that the texts of a diagnosis may name. */
export function hostsNamedIn(diagnosis: Diagnosis): readonly string[] {
  const hosts = readProperty(diagnosis, HOSTS);
  return Array.isArray(hosts) ? hosts.filter((host) => typeof host === 'string') : [];
}
