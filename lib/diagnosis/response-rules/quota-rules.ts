import type { ResponseRule } from './response-rule.interface.js';

const USE_A_PRODUCTION_KEY =
  'Use a production key, see https://dashboard.cohere.com/api-keys; its limit is a hundred times higher.';

export const QUOTA_RULES: readonly ResponseRule[] = [
  {
    status: [402],
    says: /maximum billing|billing limit/i,
    code: 'COHERE_BILLING_REQUIRED',
    title: 'The billing limit of the API key is reached.',
    fix: [
      'Raise the billing limit of the key at https://dashboard.cohere.com/billing?tab=payment.',
      'Or wait for the next billing period.',
    ],
  },
  {
    status: [402],
    says: /payment method/i,
    code: 'COHERE_BILLING_REQUIRED',
    title: 'Cohere asks for a payment method.',
    fix: ['Add or update the payment method at https://dashboard.cohere.com/billing?tab=payment.'],
  },
  { status: [402], code: 'COHERE_BILLING_REQUIRED' },
  // One status for two things; only the words tell the month from the minute.
  {
    status: [429],
    says: /\bmonth(?:ly)?\b/i,
    code: 'COHERE_QUOTA_EXHAUSTED',
  },
  {
    status: [429],
    says: /\btrial\b/i,
    code: 'COHERE_RATE_LIMITED',
    title: 'The trial key has reached its limit for this minute.',
    fix: ['Wait a minute, then try again.', USE_A_PRODUCTION_KEY],
  },
  { status: [429], code: 'COHERE_RATE_LIMITED' },
];
