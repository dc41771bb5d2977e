import { jsonReply } from '../wire/reply.js';
import type { Endpoint } from './endpoint.interface.js';

const ORGANIZATION = '00000000-0000-4000-8000-00000000c0de';
const OWNER = '00000000-0000-4000-8000-000000000001';

/** `POST /v1/check-api-key`: only valid keys come this far. */
export const checkApiKey: Endpoint = () =>
  jsonReply(200, { valid: true, organization_id: ORGANIZATION, owner_id: OWNER });
