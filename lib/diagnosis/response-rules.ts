import type { DiagnosisCode } from './catalogue.js';
import type { Reply } from './read-reply.js';
import { PROXY_LOGIN } from './network-rules.js';
import type { ForTarget, RequestContext, Target } from './request-context.js';

/** One row: which response, and what it means. Everything left out matches, or comes from the catalogue. */
export interface ResponseRule {
  /** One status, several, or a range with both ends. */
  readonly status?: readonly number[] | { readonly from: number; readonly to: number };
  readonly format?: readonly Reply['format'][];
  /** Looked for in the message of the reply. */
  readonly says?: RegExp;
  readonly path?: RegExp;
  /** Whether the request carried a key. */
  readonly withKey?: boolean;
  /** What else must be so. */
  readonly when?: (reply: Reply, target: Target, path: string) => boolean;

  readonly code: DiagnosisCode;
  readonly title?: ForTarget<string> | undefined;
  readonly fix?: ForTarget<readonly string[]> | undefined;
  readonly httpStatus?: number;
  readonly retryable?: boolean;
}

const CHECK_BASE_URL =
  'Check COHERE_BASE_URL (or the option baseUrl): it is the address without /v1 or /v2, e.g. https://api.cohere.com.';

const USE_HTTPS = 'Write https:// in COHERE_BASE_URL (or the option baseUrl).';

/** What no server of Cohere's says: proxies, portals and other servers. These come first. */
export const NETWORK_RULES: readonly ResponseRule[] = [
  {
    status: [407],
    ...PROXY_LOGIN,
  },
  {
    status: [511],
    code: 'COHERE_BLOCKED',
    title: 'The network requires a login before it allows outgoing requests.',
    fix: ['Log this machine in to the network, or use a different network.'],
  },
  {
    status: [451],
    code: 'COHERE_BLOCKED',
    title: 'Cohere is not allowed to serve this location (HTTP 451).',
  },
  {
    status: [400, 426, 497],
    says: /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|speaking plain HTTP to an SSL/i,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The server expects https, but COHERE_BASE_URL begins with http.',
    fix: [USE_HTTPS],
  },
  {
    status: [400, 403, 495, 496],
    says: /No required SSL certificate|client certificate (?:is )?(?:required|missing)|SSL certificate error/i,
    code: 'COHERE_BLOCKED',
    title: ({ name }) => `${name} requires a client certificate (mutual TLS).`,
    fix: [
      'Pass the option dispatcher with the certificate: new Agent({ connect: { cert, key } }) of undici.',
      CHECK_BASE_URL,
    ],
  },
  {
    status: { from: 300, to: 399 },
    when: ({ location }, { isPlainHttp }) => isPlainHttp && location?.startsWith('https:') === true,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The server redirects from http to https, and the key is not sent along.',
    fix: [USE_HTTPS],
  },
  {
    status: { from: 300, to: 399 },
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The server redirects to another address, where the key is not sent.',
    fix: [
      'If the address under Found is the right one, set COHERE_BASE_URL (or the option baseUrl) to it.',
      'If it is the login page of a network or a proxy, log in there, or use a different network.',
    ],
  },
  {
    status: [404, 405, 410],
    format: ['html'],
    when: (_reply, { isCohere }) => !isCohere,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'COHERE_BASE_URL leads to a web server that is not Cohere.',
    fix: ({ name }) => [
      `Check COHERE_BASE_URL (or the option baseUrl): ${name} answers with a web page. The address of Cohere is https://api.cohere.com.`,
    ],
  },
  { status: [404, 405, 410], format: ['html'], code: 'COHERE_BLOCKED' },
  {
    status: [403],
    format: ['html'],
    code: 'COHERE_BLOCKED',
    title: ({ name }) =>
      `${name}, or a proxy on the way, refuses calls from this network; the key is not the cause.`,
  },
  // An Istio or nginx answer such as "RBAC: access denied". Cohere's own 403 is JSON.
  { status: [403], format: ['text', 'empty'], code: 'COHERE_BLOCKED' },
  { status: { from: 200, to: 401 }, format: ['html'], code: 'COHERE_BLOCKED' },
  { status: [402, 422, 498, 499], format: ['html'], code: 'COHERE_BLOCKED' },
];

/** A server answered that has no such path. */
export const WRONG_ADDRESS_RULES: readonly ResponseRule[] = [
  {
    status: [404, 405],
    path: /\/check-api-key$/,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'This deployment has no /v1/check-api-key, so the key could not be checked.',
    fix: [
      CHECK_BASE_URL,
      'If the deployment is right and cannot check keys (Azure, some private ones), set COHERE_STARTUP_CHECK to rerank, or to off.',
    ],
  },
  {
    status: [400, 422, 498],
    path: /\/(?:check-api-key|models\/[^/]+)$/,
    code: 'COHERE_RESPONSE_INVALID',
    title: ({ name }) => `${name} did not accept the check, so the key could not be verified.`,
    fix: ({ isCohere }) =>
      isCohere
        ? ['If it persists, contact Cohere support with the request id and the words under Found.']
        : [
            CHECK_BASE_URL,
            'If the deployment is right and cannot check keys, set COHERE_STARTUP_CHECK to rerank, or to off.',
          ],
  },
  // Not COHERE_CONFIG_INVALID, which fails every boot: the same words come from a gateway whose routes are not
  // there yet, and a deploy must not fail for that.
  {
    status: [404, 405],
    says: /page not found|no route|method not allowed/i,
    code: 'COHERE_RESPONSE_INVALID',
    title: ({ isOwnAddress, host }) =>
      isOwnAddress
        ? `COHERE_BASE_URL leads to a server that has no such path: ${host}.`
        : 'Cohere does not know this path.',
    fix: [CHECK_BASE_URL],
  },
  {
    status: [404, 405, 410],
    code: 'COHERE_RESPONSE_INVALID',
    title: 'The server does not know this path.',
    fix: [
      CHECK_BASE_URL,
      'If it is right, check that this deployment serves rerank with the model named in COHERE_RERANK_MODEL.',
    ],
  },
];

const KEYS_PAGE = 'https://dashboard.cohere.com/api-keys';

export const API_KEY_RULES: readonly ResponseRule[] = [
  {
    status: [401, 403],
    format: ['json', 'text'],
    says: /\b(?:key|token)\b.{0,200}\bexpired\b|\bexpired\b.{0,200}\b(?:key|token)\b/i,
    // "Invalid or expired token" does not say which.
    when: ({ said }) =>
      !/\bor (?:is |has |been |an |already )*expired\b|\bexpired or\b|\/\s?expired\b/i.test(said),
    code: 'COHERE_API_KEY_EXPIRED',
    fix: (target, context) => [newKey(target, 'a production key'), putKeyInPlace(context)],
  },
  {
    status: [401],
    withKey: false,
    code: 'COHERE_API_KEY_MISSING',
    title: 'This deployment requires an API key, and none was sent.',
    fix: [
      'Set COHERE_API_KEY, and remove apiKey: false from the options of CohereModule.',
      'If the deployment should not need a key, check COHERE_BASE_URL (or the option baseUrl).',
    ],
  },
  {
    status: [401],
    says: /no api key supplied|missing (?:api key|authorization)/i,
    code: 'COHERE_API_KEY_REJECTED',
    title: 'The API key was sent, but did not reach Cohere.',
    fix: [
      'Check that no proxy or gateway on the way removes the Authorization header.',
      'If COHERE_BASE_URL is set, check it: it may be a gateway that expects the key in a different header.',
    ],
  },
  {
    status: [401],
    says: /\b(?:revoked|deactivated|disabled|deleted)\b/i,
    when: ({ said }) => !/\b(?:or|invalid,)\s/i.test(said),
    code: 'COHERE_API_KEY_REJECTED',
    title: 'The API key has been revoked.',
    fix: (target, context) => [newKey(target, 'a new key'), putKeyInPlace(context)],
  },
  {
    status: [401],
    code: 'COHERE_API_KEY_REJECTED',
    title: ({ name }) => `${name} rejected the API key.`,
    fix: rejectedFix,
  },
  {
    status: [403],
    format: ['json'],
    when: ({ said }, { isCohere }) => isCohere || ABOUT_PERMISSION.test(said),
    code: 'COHERE_API_KEY_FORBIDDEN',
  },
  {
    status: [403],
    format: ['json'],
    code: 'COHERE_BLOCKED',
    title: ({ name }) => `${name} refuses the request, and does not say that the key is the cause.`,
    fix: [
      CHECK_BASE_URL,
      'Ask the operator of that host whether this app is allowed to call it: 403 often comes from a gateway or firewall.',
    ],
  },
];

/** A gateway's "Forbidden", "Access denied" or "Missing Authentication Token" says nothing about the key. */
const ABOUT_PERMISSION =
  /\b(?:api[- _]?key|key|api token|permissions?|permitted|owner|organi[sz]ation)\b|\buser\b.{0,200}\bnot\b/i;

export function rejectedFix(
  { isCohere, isOwnAddress, name }: Target,
  context: RequestContext | undefined,
): readonly string[] {
  if (!isCohere) {
    return [
      `Check that the key is one that ${name} accepts: COHERE_BASE_URL (or the option baseUrl) names that host.`,
      `If the key belongs to another deployment, get one from the operator of this one. ${putKeyInPlace(context)}`,
    ];
  }
  return [
    `Compare the key with the one in ${KEYS_PAGE}, character for character.`,
    `If it is no longer there, create a new one. ${putKeyInPlace(context)}`,
    ...(isOwnAddress
      ? ['Check that the key belongs to the deployment that COHERE_BASE_URL names.']
      : []),
  ];
}

function newKey({ isCohere, name }: Target, what: string): string {
  return isCohere
    ? `Create ${what} at ${KEYS_PAGE}.`
    : `Get a new key from the operator of ${name}.`;
}

/** Where the new key belongs: the operator should not have to look for it. */
function putKeyInPlace(context: RequestContext | undefined): string {
  const name = context?.key?.name ?? 'COHERE_API_KEY';
  return /^[A-Z][A-Z0-9_]*$/.test(name)
    ? `Set ${name} to it and start the app again.`
    : `Put it where the old one came from: ${name}.`;
}

const USE_A_PRODUCTION_KEY =
  'Use a production key, see https://dashboard.cohere.com/api-keys; its limit is a hundred times higher.';

export const QUOTA_RULES: readonly ResponseRule[] = [
  {
    status: [402],
    says: /maximum billing|billing limit/i,
    code: 'COHERE_BILLING_REQUIRED',
    title: 'The billing limit of the API key has been reached.',
    fix: [
      'Raise the billing limit of the key at https://dashboard.cohere.com/billing?tab=payment.',
      'Or wait for the next billing period.',
    ],
  },
  {
    status: [402],
    says: /payment method/i,
    code: 'COHERE_BILLING_REQUIRED',
    title: 'Cohere requires a payment method.',
    fix: ['Add or update the payment method at https://dashboard.cohere.com/billing?tab=payment.'],
  },
  { status: [402], code: 'COHERE_BILLING_REQUIRED' },
  // One status for two things; only the words tell the month from the minute.
  {
    status: [429],
    says: /\bmonth(?:ly)?\b/i,
    code: 'COHERE_QUOTA_EXHAUSTED',
  },
  {
    status: [429],
    says: /\btrial\b/i,
    code: 'COHERE_RATE_LIMITED',
    title: 'The trial key has reached its limit for this minute.',
    fix: ['Wait a minute, then try again.', USE_A_PRODUCTION_KEY],
  },
  { status: [429], code: 'COHERE_RATE_LIMITED' },
];

/** On the question for a model, only Cohere's own words are believed: gateways answer 404 to what they do not route. */
const COHERES_WORDS =
  /\bmodel '[^']{1,200}' (?:was removed on|not found, make sure|is not supported by the)|^fine-?tuned model .{1,200} not found$/i;

function isBelieved({ said }: Reply, { isCohere }: Target, path: string): boolean {
  return isCohere || COHERES_WORDS.test(said) || !path.includes('/models/');
}

const MODEL_REFUSED = [400, 404, 410, 422];
const ARGUMENT_REFUSED = [400, 422];

const MODEL_WORDS: readonly ResponseRule[] = [
  {
    status: MODEL_REFUSED,
    says: /model\b.{0,200}\b(?:was|has been) (?:removed|retired|shut down|deprecated)/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: 'Cohere has removed the model.',
    fix: [
      'Set COHERE_RERANK_MODEL (or the option model) to a current one, see https://docs.cohere.com/docs/rerank.',
      'Retired models and their replacements: https://docs.cohere.com/docs/deprecations.',
    ],
  },
  {
    status: MODEL_REFUSED,
    says: /fine-?tuned model\b.{0,200}\bnot found/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: 'Cohere does not know the fine-tuned model.',
    fix: [
      'Set COHERE_RERANK_MODEL (or the option model) to a current one; fine-tuned rerank models have been retired.',
      'See https://docs.cohere.com/docs/rerank for the current ids.',
    ],
  },
  {
    status: MODEL_REFUSED,
    says: /model\b.{0,200}\bnot supported by the\b/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: 'The model does not serve rerank.',
    fix: [
      'Set COHERE_RERANK_MODEL (or the option model) to a rerank model; chat and embedding models cannot rerank.',
      'See https://docs.cohere.com/docs/rerank for the current ids.',
    ],
  },
  {
    status: MODEL_REFUSED,
    says: /model\b.{0,200}\b(?:not found|does not exist|unknown|no access)|unknown model/i,
    code: 'COHERE_MODEL_NOT_FOUND',
  },
];

export const MODEL_RULES: readonly ResponseRule[] = [
  ...MODEL_WORDS.map((rule): ResponseRule => ({ ...rule, when: isBelieved })),
  {
    status: [404, 410],
    format: ['json'],
    path: /\/models\/[^/]+$/,
    when: (_reply, { isCohere }) => isCohere,
    code: 'COHERE_MODEL_NOT_FOUND',
  },
];

export const REQUEST_RULES: readonly ResponseRule[] = [
  refused(/model parameter is required/i, 'The request names no model.', [
    'Set COHERE_RERANK_MODEL, or the option model; this deployment has no default model.',
  ]),
  refused(
    /unknown field|not a valid field/i,
    'Cohere does not support a parameter of the request.',
    ['Remove the parameter named under Found, or use a model and deployment that support it.'],
  ),
  refused(/list of documents must not be empty/i, 'The request has no documents.', [
    'Pass at least one document that is not blank.',
  ]),
  refused(/document at index \d+ cannot be empty/i, 'A document is empty.', [
    'Remove the document at the index under Found, or give it text.',
  ]),
  refused(/query must not be empty/i, 'The query is blank.', ['Pass a query that is not blank.']),
  refused(/max chunks|too many (?:chunks|documents)/i, 'The request has too many documents.', [
    'Lower maxDocumentsPerRequest, so that the library splits the documents into more requests.',
  ]),
  refused(/too many tokens/i, 'The query or the documents are too long for the model.', [
    'Shorten the query, or lower maxTokensPerDoc.',
    'Or use a model with a longer context, see https://docs.cohere.com/docs/rerank.',
  ]),
  refused(/rank_fields/i, 'The fields to rank by (rank_fields) are wrong.'),
  refused(/invalid json/i, 'The request did not arrive as it was sent.', [
    'Check that no proxy on the way changes or truncates request bodies.',
  ]),
  {
    status: [413],
    code: 'COHERE_REQUEST_INVALID',
    title: 'The request is too large for Cohere, or for a proxy on the way.',
    fix: [
      'Lower maxDocumentsPerRequest, or send shorter documents.',
      'If there is a proxy on the way, raise its limit for request bodies.',
    ],
  },
  {
    status: [498],
    code: 'COHERE_REQUEST_INVALID',
    title: 'Cohere does not accept the content of the request; the key is not the cause.',
    fix: ['Find the query or document with the text that Cohere does not accept, and remove it.'],
  },
  { status: ARGUMENT_REFUSED, code: 'COHERE_REQUEST_INVALID' },
];

function refused(says: RegExp, title: string, fix?: readonly string[]): ResponseRule {
  return {
    status: ARGUMENT_REFUSED,
    says,
    code: 'COHERE_REQUEST_INVALID',
    title,
    fix,
  };
}

/** Cohere's status page says nothing about another host. */
function tryLater({ isCohere, name }: Target, ...others: readonly string[]): readonly string[] {
  return isCohere
    ? ['Try again later; see https://status.cohere.ai.', ...others]
    : [`Try again later, and look at the logs of ${name}.`, ...others];
}

/** Failures of the server, and last of all web pages and good statuses that no other rule knows. */
export const AVAILABILITY_RULES: readonly ResponseRule[] = [
  {
    status: [408],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ name }) => `${name} did not receive the whole request in time.`,
    fix: (target) => tryLater(target, 'If it persists, check the upload speed of this network.'),
    retryable: true,
  },
  // Not retried: 499 says that our side of the connection went away, and a deadline usually made it.
  {
    status: [499],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ name }) => `${name} cancelled the request.`,
    fix: (target) => tryLater(target),
    retryable: false,
  },
  {
    status: [501],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ name }) => `${name} does not support this request.`,
    fix: ({ isCohere, name }) =>
      isCohere
        ? ['See https://status.cohere.ai.', 'If it persists, contact Cohere support.']
        : [`Check that ${name} serves rerank: COHERE_BASE_URL (or the option baseUrl) names it.`],
    retryable: false,
  },
  {
    status: [503, 529],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ name }) => `${name} is overloaded or under maintenance.`,
    fix: (target) => tryLater(target),
    httpStatus: 503,
  },
  // A gateway's timeout is the server's failure; COHERE_TIMEOUT is kept for our own deadline.
  {
    status: [504, 524],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ name }) => `${name} took too long behind its own gateway.`,
    fix: (target) => tryLater(target),
  },
  {
    status: { from: 500, to: 599 },
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ name }) => `${name} returned a server error.`,
    fix: (target) =>
      target.isCohere
        ? tryLater(target, 'If it persists, contact Cohere support with the request id.')
        : tryLater(target),
  },
  { status: { from: 200, to: 299 }, code: 'COHERE_RESPONSE_INVALID' },
  { format: ['html'], code: 'COHERE_BLOCKED' },
];

/** What no rule knows. */
export const UNKNOWN_RESPONSE: ResponseRule = {
  code: 'COHERE_UPSTREAM_ERROR',
  title: ({ name }) => `${name} answered with a status that this library does not know.`,
  fix: (target) => tryLater(target),
  retryable: false,
};

/**
 * The first rule that matches wins, and `UNKNOWN_RESPONSE` where none does. Statuses and messages:
 * https://docs.cohere.com/reference/errors.
 */
export const RESPONSE_RULES: readonly ResponseRule[] = [
  ...NETWORK_RULES,
  ...API_KEY_RULES,
  ...MODEL_RULES,
  ...WRONG_ADDRESS_RULES,
  ...REQUEST_RULES,
  ...QUOTA_RULES,
  ...AVAILABILITY_RULES,
];
