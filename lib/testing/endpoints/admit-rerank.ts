import { requireRerank } from '../keys/authenticate.js';
import { MESSAGES } from '../wire/messages.js';
import { Refusal } from '../wire/refusal.js';
import type { EmulatedAccount, EndpointCall } from './endpoint.interface.js';

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** What stands before every rerank; gives the headers that a trial key's answer carries. */
export function admitRerank(
  { caller, contentType }: EndpointCall,
  { limits }: EmulatedAccount,
): Readonly<Record<string, string>> {
  requireRerank(caller.state);
  const headers = caller.state === 'trial' ? limits.admit(caller.key) : {};
  if (contentType !== undefined && !JSON_TYPE.test(contentType)) {
    throw new Refusal(400, MESSAGES.notJson);
  }
  return headers;
}
