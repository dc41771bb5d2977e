import { MESSAGES } from './messages.js';

/** The text Cohere documents for a status, or one that its users report; the rest is ours. */
export const STATUS_TEXTS: ReadonlyMap<number, string> = new Map([
  [400, MESSAGES.invalidRequest],
  [401, MESSAGES.invalidToken],
  [402, MESSAGES.paymentMethod],
  [403, MESSAGES.forbidden],
  [404, MESSAGES.pageNotFound],
  [405, MESSAGES.methodNotAllowed],
  [408, 'request timeout'],
  [413, MESSAGES.bodyTooLarge],
  [422, 'unprocessable entity'],
  [429, 'You are past the per minute request limit, please wait and try again later.'],
  [498, 'invalid token'],
  [499, 'request cancelled'],
  [500, 'internal server error, this has been reported to our developers.'],
  [501, 'not implemented'],
  [502, 'bad gateway'],
  [503, 'service unavailable'],
  [504, 'gateway timeout'],
]);
