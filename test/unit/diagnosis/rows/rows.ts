import { ADDRESS_ROWS, MODEL_ROWS } from './address-rows.js';
import { BLOCKED_ROWS, KEY_ROWS } from './key-rows.js';
import { AVAILABILITY_ROWS, QUOTA_ROWS } from './quota-rows.js';
import { REQUEST_ROWS } from './request-rows.js';
import { SERVER_ROWS } from './server-rows.js';
import type { Row } from './row.interface.js';

/** Every response that a test says the meaning of. */
export const ROWS: readonly Row[] = [
  ...KEY_ROWS,
  ...BLOCKED_ROWS,
  ...ADDRESS_ROWS,
  ...MODEL_ROWS,
  ...REQUEST_ROWS,
  ...QUOTA_ROWS,
  ...AVAILABILITY_ROWS,
  ...SERVER_ROWS,
];
