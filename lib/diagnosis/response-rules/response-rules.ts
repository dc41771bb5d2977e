import { API_KEY_RULES } from './api-key-rules.js';
import { AVAILABILITY_RULES } from './availability-rules.js';
import { NETWORK_RULES, WRONG_ADDRESS_RULES } from './network-rules.js';
import { QUOTA_RULES } from './quota-rules.js';
import { MODEL_RULES, REQUEST_RULES } from './request-rules.js';
import type { ResponseRule } from './response-rule.interface.js';

/**
 * The first rule that matches wins; the last one matches everything. Statuses and messages:
 * https://docs.cohere.com/reference/errors.
 */
export const RESPONSE_RULES: readonly ResponseRule[] = [
  ...NETWORK_RULES,
  ...API_KEY_RULES,
  ...MODEL_RULES,
  ...WRONG_ADDRESS_RULES,
  ...REQUEST_RULES,
  ...QUOTA_RULES,
  ...AVAILABILITY_RULES,
];
