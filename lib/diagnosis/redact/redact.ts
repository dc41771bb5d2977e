import type { ReceivedResponse } from '../request-context.js';
import { shorten, toOneLine } from './clean-text.js';
import { HIDDEN, hideSecrets, holdsSecret } from './known-secret.js';

const REDACTED = '[redacted]';

/** The length at which a text is cut, to bound the time. */
const MAX_READ = 16_384;

const WORDS_AFTER_BEARER =
  'token|tokens|auth|authentication|authorization|scheme|header|key|is|was|must|realm=\\S{0,200}';
const BEARER = new RegExp(
  `\\b(Bearer|Basic)(\\s+|%20|\\+)(?!(?:${WORDS_AFTER_BEARER})(?:[\\s.,;:]|$))[^\\s"'\\\\,;<>]+`,
  'gi',
);
const CREDENTIAL_FIELD =
  /\b((?:proxy-)?authorization|x-api-key|api[-_]?key|access[-_]token|client[-_]secret|password)(\\?["']?\s*[:=]\s*\\?["']?)(?!\s)(?:(?:Bearer|Basic|Token)\s+)?[^\s"'\\,;&}<>]+/gi;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
/** Matches encoded data, which prose never looks like. */
const ENCODED_RUN = /(?:%[0-9a-f]{2}|\\u[0-9a-f]{4}|&#x?[0-9a-f]{1,6};){8,}/gi;
const LONG_RUN = /[A-Za-z0-9+/=_.%~-]{20,}/g;
/** The number of random-looking characters that make a run a credential. */
const RANDOM_CHARACTERS = 16;

/**
 * Returns a text of an upstream without credentials. Hides the whole text if it contains part of a given secret;
 * otherwise removes text after `Bearer` or `Authorization:`, and long runs that look random. Keeps UUIDs and model ids.
 *
 * @param secrets known secrets, e.g. the key that the request was sent with
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const read = shorten(text, MAX_READ);
  if (holdsSecret(read, secrets)) {
    return HIDDEN;
  }
  return redactAddresses(read)
    .replace(CREDENTIAL_FIELD, `$1$2${REDACTED}`)
    .replace(BEARER, `$1$2${REDACTED}`)
    .replace(ENCODED_RUN, REDACTED)
    .replace(LONG_RUN, (run) => (looksRandom(run) ? REDACTED : run));
}

/** Returns a text of an upstream for output: one line, without credentials, bounded. */
export function showable(text: string, secrets: readonly string[] = [], limit?: number): string {
  return shorten(redact(toOneLine(text), secrets), limit);
}

/** The limit of a body, longer than any error of Cohere's. */
const MAX_BODY = 65_536;

/**
 * Returns a response for its caller, with any header or body hidden that contains part of a secret. JSON stays JSON.
 */
export function redactResponse(
  response: ReceivedResponse,
  secrets: readonly string[],
): ReceivedResponse {
  const clean = (text: string): string => hideSecrets(text, secrets);
  const body = response.body.slice(0, MAX_BODY);
  const headers = Object.entries(response.headers).map(([name, value]) => [
    name,
    typeof value === 'object' ? value.map(clean) : value === undefined ? undefined : clean(value),
  ]);
  return {
    status: response.status,
    headers: Object.fromEntries(headers),
    body: holdsSecret(body, secrets) ? JSON.stringify({ message: HIDDEN }) : body,
  };
}

/**
 * Removes user and password from every address: everything before its last `@`, because a password may contain `@` and
 * `/`. Also without a scheme, as in proxy variables.
 */
export function redactAddresses(text: string): string {
  return text.replace(/[^\s"'`<>]+/g, redactAddress);
}

function redactAddress(word: string): string {
  const at = word.lastIndexOf('@');
  const credentials = word.slice(0, Math.max(0, at));
  const scheme = credentials.indexOf('://');
  if (scheme !== -1) {
    return `${word.slice(0, scheme + 3)}${REDACTED}${word.slice(at)}`;
  }
  const colon = credentials.indexOf(':');
  if (colon === -1) {
    return word;
  }
  // `HTTPS_PROXY=user:password@proxy:3128`, `(user:password@proxy)`
  const from = Math.max(...['=', '(', ','].map((mark) => word.lastIndexOf(mark, colon))) + 1;
  return `${word.slice(0, from)}${REDACTED}${word.slice(at)}`;
}

function looksRandom(run: string): boolean {
  const parts = run.replace(UUID, '').split(/[^A-Za-z0-9]/);
  const random = parts.filter(isRandomPart).reduce((sum, part) => sum + part.length, 0);
  return random >= RANDOM_CHARACTERS;
}

/** Recognizes words such as `v3`, `32b`, `command`, `2025`; `a8Kd02mZ` is not one. */
function isRandomPart(part: string): boolean {
  if (part.length < 6) {
    return false;
  }
  const letters = /[A-Za-z]/.test(part);
  const digits = /[0-9]/.test(part);
  const mixedCase = /[a-z][A-Z]/.test(part) && /[A-Z][a-z]?[A-Z]/.test(part);
  return (letters && digits) || mixedCase || part.length >= 32;
}
