/**
 * Every code a {@link Diagnosis} can carry. A code never changes its meaning; new ones may be added.
 *
 * @publicApi
 */
export const DIAGNOSIS_CODES = [
  'COHERE_API_KEY_MISSING',
  'COHERE_API_KEY_MALFORMED',
  'COHERE_API_KEY_PLACEHOLDER',
  'COHERE_API_KEY_FOREIGN',
  'COHERE_API_KEY_FILE_UNREADABLE',
  'COHERE_API_KEY_SOURCE_FAILED',
  'COHERE_API_KEY_REJECTED',
  'COHERE_API_KEY_EXPIRED',
  'COHERE_API_KEY_FORBIDDEN',
  'COHERE_CONFIG_INVALID',
  'COHERE_REQUEST_INVALID',
  'COHERE_MODEL_NOT_FOUND',
  'COHERE_RATE_LIMITED',
  'COHERE_QUOTA_EXHAUSTED',
  'COHERE_BILLING_REQUIRED',
  'COHERE_UNREACHABLE',
  'COHERE_BLOCKED',
  'COHERE_UPSTREAM_ERROR',
  'COHERE_RESPONSE_INVALID',
  'COHERE_TIMEOUT',
] as const;

/** @publicApi */
export type DiagnosisCode = (typeof DIAGNOSIS_CODES)[number];

export function isDiagnosisCode(value: unknown): value is DiagnosisCode {
  return DIAGNOSIS_CODES.some((code) => code === value);
}
