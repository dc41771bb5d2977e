import type { ReceivedResponse } from '../diagnosis/request-context.interface.js';
import { FailedResponse, UnusableResponse } from './attempt-failure.js';

/**
 * The JSON of a good answer.
 *
 * @throws FailedResponse unless the status is 2xx; UnusableResponse when the body is no JSON
 */
export function readJson(response: ReceivedResponse): unknown {
  if (response.status < 200 || response.status >= 300) {
    throw new FailedResponse(response);
  }
  try {
    return JSON.parse(response.body);
  } catch {
    // The parser's own message quotes the body.
    throw new UnusableResponse('the body is not JSON', response);
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
