import { authenticate, requireRerank } from '../keys/authenticate.js';
import { MESSAGES } from '../wire/messages.js';
import { Refusal } from '../wire/refusal.js';
import type { EmulatedAccount, EndpointCall } from './endpoint.interface.js';

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** What stands before every rerank; gives the headers that a trial key's answer carries. */
export function admitRerank(
  { credential, contentType }: EndpointCall,
  { limits }: EmulatedAccount,
): Readonly<Record<string, string>> {
  const { key, state } = authenticate(credential);
  requireRerank(state);
  const headers = state === 'trial' ? limits.admit(key) : {};
  if (contentType !== undefined && !JSON_TYPE.test(contentType)) {
    throw new Refusal(400, MESSAGES.notJson);
  }
  return headers;
}
