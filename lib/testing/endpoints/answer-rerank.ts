import { authenticate, requireRerank } from '../keys/authenticate.js';
import { MESSAGES } from '../wire/messages.js';
import { Refusal } from '../wire/refusal.js';
import { jsonReply, type Reply } from '../wire/reply.js';
import type { EmulatedAccount, EndpointCall } from './endpoint.interface.js';

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/**
 * What both versions of rerank do with a caller before and after they rank. A trial key's call counts
 * as soon as the key is admitted, and its headers come with refusals too, as recorded from Cohere.
 */
export function answerRerank(
  { credential, contentType }: EndpointCall,
  { limits }: EmulatedAccount,
  rank: () => object,
): Reply {
  const { key, state } = authenticate(credential);
  requireRerank(state);
  const headers = state === 'trial' ? limits.admit(key) : {};
  try {
    requireJson(contentType);
    return jsonReply(200, rank(), headers);
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.status, error.message, headers) : error;
  }
}

function requireJson(contentType: string | undefined): void {
  if (contentType !== undefined && !JSON_TYPE.test(contentType)) {
    throw new Refusal(400, MESSAGES.notJson);
  }
}
