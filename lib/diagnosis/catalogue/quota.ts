import { EXIT_CODE, type CatalogueEntry } from './catalogue-entry.interface.js';

export const QUOTA_ENTRIES = {
  COHERE_RATE_LIMITED: {
    title: 'Cohere limits the rate of requests.',
    meaning:
      'More requests were sent in a minute than this key may send, and no retry fitted into the deadline.',
    causes: [
      'A trial key is limited to 10 rerank calls a minute.',
      'Several instances share one production key.',
    ],
    fix: [
      'Wait for the time Cohere names, then try again.',
      'Lower COHERE_CONCURRENCY, or use a production key if this is a trial key.',
    ],
    reproduce: 'Eleven calls within a minute on the emulator with keys.trial.',
    error: 'RateLimitError',
    httpStatus: 429,
    retryable: true,
    exitCode: EXIT_CODE.unavailable,
  },
  COHERE_QUOTA_EXHAUSTED: {
    title: "The key's monthly quota is used up.",
    meaning:
      'A trial key may make 1,000 calls a month, and they are spent. Waiting a minute does not help.',
    causes: ['A trial key is used by an app that runs all the time.'],
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys and set COHERE_API_KEY to it.',
      'Or wait for the next month.',
    ],
    reproduce: 'On the emulator: 1,001 calls with keys.trial.',
    error: 'QuotaError',
    httpStatus: 429,
    retryable: false,
    exitCode: EXIT_CODE.unavailable,
  },
  COHERE_BILLING_REQUIRED: {
    title: 'Cohere asks for a payment method, or the billing limit is reached.',
    meaning: 'Cohere answered 402: the account must be changed before the key works again.',
    causes: [
      'The payment method is missing or has expired.',
      'The billing limit of the key is reached.',
    ],
    fix: [
      'Add or update the payment method at https://dashboard.cohere.com/billing?tab=payment.',
      'Or raise the billing limit of the key in the dashboard.',
    ],
    reproduce: "On the emulator: a rerank with CohereEmulator's keys.unpaid.",
    error: 'QuotaError',
    httpStatus: 402,
    retryable: false,
    exitCode: EXIT_CODE.unavailable,
  },
} as const satisfies Record<string, CatalogueEntry>;
