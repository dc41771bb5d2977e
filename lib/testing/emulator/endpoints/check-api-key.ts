import { authenticate } from '../keys.js';
import { type EmulatorResponse, emulatorResponse, Refusal } from '../wire.js';
import type { EmulatedAccount, Endpoint, EndpointCall } from './endpoint.interface.js';

const ORGANIZATION = '00000000-0000-4000-8000-00000000c0de';
const OWNER = '00000000-0000-4000-8000-000000000001';

/** https://docs.cohere.com/reference/checkapikey */
export const checkApiKey: Endpoint = {
  method: 'POST',
  path: '/v1/check-api-key',
  answer: (call, account) => answerInvalid(call, account) ?? answerValid(call),
};

function answerInvalid(
  { credential }: EndpointCall,
  { invalidKeyAnswer }: EmulatedAccount,
): EmulatorResponse | undefined {
  try {
    authenticate(credential);
    return undefined;
  } catch (error) {
    const isPolite = invalidKeyAnswer === 'valid-false' && credential.key !== undefined;
    if (isPolite && error instanceof Refusal) {
      return emulatorResponse(200, { valid: false });
    }
    throw error;
  }
}

function answerValid({ credential: { organizationId = ORGANIZATION } }: EndpointCall) {
  return emulatorResponse(200, {
    valid: true,
    organization_id: organizationId ?? undefined,
    owner_id: OWNER,
  });
}
