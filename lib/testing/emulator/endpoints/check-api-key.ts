import { authenticate } from '../keys/authenticate.js';
import type { EmulatedAccount, Endpoint, EndpointCall } from './endpoint.interface.js';
import { type EmulatorResponse, emulatorResponse, Refusal } from '../wire/response.js';

const ORGANIZATION = '00000000-0000-4000-8000-00000000c0de';
const OWNER = '00000000-0000-4000-8000-000000000001';

/** `POST /v1/check-api-key`, https://docs.cohere.com/reference/checkapikey */
export const checkApiKey: Endpoint = (call, account) => {
  const { organizationId = ORGANIZATION } = call.credential;
  return (
    sayInvalid(call, account) ??
    emulatorResponse(200, {
      valid: true,
      organization_id: organizationId ?? undefined,
      owner_id: OWNER,
    })
  );
};

function sayInvalid(
  { credential }: EndpointCall,
  account: EmulatedAccount,
): EmulatorResponse | undefined {
  try {
    authenticate(credential);
    return undefined;
  } catch (error) {
    const politely = account.invalidKeyAnswer === 'valid-false' && credential.key !== undefined;
    if (politely && error instanceof Refusal) {
      return emulatorResponse(200, { valid: false });
    }
    throw error;
  }
}
