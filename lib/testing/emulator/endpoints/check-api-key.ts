import { authenticate } from '../keys.js';
import { Refusal } from '../wire.js';
import type { Endpoint } from './endpoint.interface.js';

const ORGANIZATION = '00000000-0000-4000-8000-00000000c0de';
const OWNER = '00000000-0000-4000-8000-000000000001';

/** https://docs.cohere.com/reference/checkapikey */
export const checkApiKey: Endpoint = {
  method: 'POST',
  path: '/v1/check-api-key',
  answer: ({ credential }, { invalidKeyAnswer }) => {
    const { key, organizationId = ORGANIZATION } = credential;
    try {
      authenticate(credential);
    } catch (error) {
      if (invalidKeyAnswer === 'valid-false' && key !== undefined && error instanceof Refusal) {
        return { valid: false };
      }
      throw error;
    }
    return { valid: true, organization_id: organizationId ?? undefined, owner_id: OWNER };
  },
};
