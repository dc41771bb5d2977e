import { EXIT_CODE, type CatalogueEntry } from './catalogue-entry.interface.js';
import { START_EMULATOR } from './start-emulator.js';

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
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.trial });
// then eleven reranks within a minute`,
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
    reproduce: `${START_EMULATOR}
const message = 'You are using a Trial key, which is limited to 1000 API calls / month';
emulator.fail({ kind: 'status', status: 429, message }, { times: Infinity });
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.trial });`,
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
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.unpaid, startupCheck: 'rerank' });`,
    error: 'QuotaError',
    httpStatus: 402,
    retryable: false,
    exitCode: EXIT_CODE.unavailable,
  },
} as const satisfies Record<string, CatalogueEntry>;
