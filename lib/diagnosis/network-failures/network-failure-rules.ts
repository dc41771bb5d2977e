import { CONNECTION_RULES } from './connection.js';
import type { NetworkRule } from './network-rule.interface.js';
import { PROTOCOL_RULES } from './protocol.js';
import { TLS_RULES } from './tls.js';

/** The first rule that matches wins. */
export const NETWORK_FAILURE_RULES: readonly NetworkRule[] = [
  ...CONNECTION_RULES,
  ...TLS_RULES,
  ...PROTOCOL_RULES,
];
