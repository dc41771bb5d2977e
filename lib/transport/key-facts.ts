import type { Secret } from '../config/api-key/secret.js';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';
import { holdsSecret } from '../diagnosis/redact/known-secret.js';
import { describeKey, type ReceivedResponse } from '../diagnosis/request-context.js';

/**
 * Cohere's verdict on a key. `rejected` is certain; `undetermined` means that Cohere could not be asked
 * or gave no verdict (network, timeout, rate limit, server error).
 *
 * @publicApi
 */
export interface KeyStatus {
  readonly verdict: 'valid' | 'rejected' | 'undetermined';
  /** Present unless the verdict is `valid`. */
  readonly diagnosis?: Diagnosis;
  /** The organization of the key, if the deployment returns it. */
  readonly organizationId?: string;
  /** True if a response carried Cohere's headers for trial keys; otherwise absent. */
  readonly isTrial?: boolean;
}

/** The limits of a trial key, as a response carried them. */
export interface TrialLimits {
  /** Calls a minute to this endpoint. */
  readonly perMinute: number | undefined;
  /** Calls a month, over all endpoints. */
  readonly perMonth: number | undefined;
}

/** Reads the headers that Cohere sends only for trial keys; `undefined` without them. */
export function readTrialLimits(headers: ReceivedResponse['headers']): TrialLimits | undefined {
  const perMinute = readLimit(headers['x-trial-endpoint-call-limit']);
  const perMonth = readLimit(headers['x-endpoint-monthly-call-limit']);
  return perMinute === undefined && perMonth === undefined ? undefined : { perMinute, perMonth };
}

function readLimit(value: string | readonly string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** `10 calls a minute and 1000 a month` */
export function describeLimits({ perMinute, perMonth }: TrialLimits): string {
  return [
    ...(perMinute === undefined ? [] : [`${perMinute} calls a minute`]),
    ...(perMonth === undefined ? [] : [`${perMonth} calls a month`]),
  ].join(' and ');
}

const MAX_ID = 100;

/** Normalizes an organization id; `undefined` if it is not one. */
export function readOrganizationId(
  value: unknown,
  secrets: readonly string[] = [],
): string | undefined {
  const id = typeof value === 'string' ? shorten(toOneLine(value), MAX_ID) : '';
  return id === '' || holdsSecret(id, secrets) ? undefined : id;
}

/** Reports a key of an unexpected organization; `undefined` if they match, or one is unknown. */
export function diagnoseOrganization(
  expected: string | undefined,
  found: string | undefined,
  key: string,
): Diagnosis | undefined {
  const wanted = readOrganizationId(expected);
  if (wanted === undefined || found === undefined || isSameId(wanted, found)) {
    return undefined;
  }
  return createDiagnosis('COHERE_API_KEY_WRONG_ORGANIZATION', {
    detail: `The key belongs to the organization ${found}; COHERE_ORGANIZATION_ID (or the option organizationId) is ${wanted}.`,
    key,
  });
}

function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** `COHERE_API_KEY, 40 characters, sha256:1f3a9c02` */
export function describeSecret({ length, fingerprint }: Secret, name: string): string {
  return describeKey({ name, length, fingerprint });
}
