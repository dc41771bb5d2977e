import { createDiagnosis } from '../../lib/diagnosis/create-diagnosis.js';
import { createError } from '../../lib/diagnosis/errors.js';

/** In every detail; no client may ever receive it. */
export const OPERATOR_ONLY = 'for the operator only';
/** In the message of an error that is not about Cohere. */
export const FOREIGN_MESSAGE = 'row missing';

const detail = OPERATOR_ONLY;

/** What the handlers under test throw, by the name their client sends. */
const FAILURES = {
  rejected: () => createError(createDiagnosis('COHERE_API_KEY_REJECTED', { detail })),
  limited: () => createError(createDiagnosis('COHERE_RATE_LIMITED', { detail }), 1_200),
  late: () => createError(createDiagnosis('COHERE_TIMEOUT', { detail })),
  down: () =>
    createError(createDiagnosis('COHERE_UPSTREAM_ERROR', { detail, httpStatus: 503 }), 4_000),
  unreachable: () => createError(createDiagnosis('COHERE_UNREACHABLE', { detail })),
  invalid: () => createError(createDiagnosis('COHERE_REQUEST_INVALID', { detail })),
  unknownModel: () => createError(createDiagnosis('COHERE_MODEL_NOT_FOUND', { detail })),
  unpaid: () => createError(createDiagnosis('COHERE_BILLING_REQUIRED', { detail })),
  misconfigured: () => createError(createDiagnosis('COHERE_CONFIG_INVALID', { detail })),
  wrapped: () =>
    new Error('search failed', {
      cause: createError(createDiagnosis('COHERE_API_KEY_EXPIRED', { detail })),
    }),
  unreadableKeyFile: () =>
    createError(
      createDiagnosis('COHERE_API_KEY_FILE_UNREADABLE', {
        title: 'The API key file /run/secrets/cohere cannot be read.',
        detail,
        fix: [
          'Add COHERE_API_KEY to config/dev.env.',
          'Compare it with https://dashboard.cohere.com/api-keys.',
        ],
      }),
    ),
  foreign: () => new Error(FOREIGN_MESSAGE),
} as const;

export type FailureName = keyof typeof FAILURES;

export function failureNamed(name: unknown): Error {
  return FAILURES[isFailureName(name) ? name : 'foreign']();
}

export function throwFailure(name: unknown): never {
  throw failureNamed(name);
}

function isFailureName(name: unknown): name is FailureName {
  return typeof name === 'string' && Object.hasOwn(FAILURES, name);
}
