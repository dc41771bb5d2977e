import type { RequestContext } from '../request-context.interface.js';
import type { ResponseRule } from './response-rule.interface.js';

const KEYS_PAGE = 'https://dashboard.cohere.com/api-keys';

export const API_KEY_RULES: readonly ResponseRule[] = [
  {
    status: [401, 403],
    format: ['json', 'text'],
    says: /\b(?:key|token)\b.*\bexpired\b|\bexpired\b.*\b(?:key|token)\b/i,
    code: 'COHERE_API_KEY_EXPIRED',
    fix: (context) => [`Create a production key at ${KEYS_PAGE}.`, putKeyInPlace(context)],
  },
  {
    status: [401],
    withKey: false,
    code: 'COHERE_API_KEY_MISSING',
    title: 'This deployment asks for an API key, and none was sent.',
    fix: [
      'Set COHERE_API_KEY, and remove apiKey: false from the options of CohereModule.',
      'If the deployment should need no key, check COHERE_BASE_URL (or the option baseUrl).',
    ],
  },
  {
    status: [401],
    says: /no api key supplied|missing (?:api key|authorization)/i,
    code: 'COHERE_API_KEY_REJECTED',
    title: 'The API key was sent, but did not arrive at Cohere.',
    fix: [
      'Check that no proxy or gateway on the way removes the Authorization header.',
      'If COHERE_BASE_URL is set, check it: it may name a gateway that expects the key in another place.',
    ],
  },
  {
    status: [401],
    says: /\b(?:revoked|deactivated|disabled|deleted)\b/i,
    code: 'COHERE_API_KEY_REJECTED',
    title: 'The API key has been revoked.',
    fix: (context) => [`Create a new key at ${KEYS_PAGE}.`, putKeyInPlace(context)],
  },
  { status: [401], code: 'COHERE_API_KEY_REJECTED', fix: rejectedFix },
  { status: [403], format: ['json'], code: 'COHERE_API_KEY_FORBIDDEN' },
];

export function rejectedFix(context: RequestContext | undefined): readonly string[] {
  return [
    `Compare the key with the one in ${KEYS_PAGE}, character for character.`,
    `If it is not there any more, create a new one. ${putKeyInPlace(context)}`,
    'If COHERE_BASE_URL is set, check that the key belongs to that deployment.',
  ];
}

/** Where the new key belongs: the operator should not have to look for it. */
function putKeyInPlace(context: RequestContext | undefined): string {
  const name = context?.key?.name ?? 'COHERE_API_KEY';
  return /^[A-Z][A-Z0-9_]*$/.test(name)
    ? `Set ${name} to it and start the app again.`
    : `Put it where the old one came from: ${name}.`;
}
