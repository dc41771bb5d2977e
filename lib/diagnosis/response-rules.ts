import type { DiagnosisCode } from './catalogue.js';
import type { Reply } from './read-reply.js';
import { PROXY_LOGIN } from './network-rules.js';
import type { Operation } from './operation.interface.js';
import { type ForTarget, inputsOf, type RequestContext, type Target } from './request-context.js';

/** One kind of response, and its diagnosis. Absent conditions match; absent texts come from the catalogue. */
export interface ResponseRule {
  /** One status, several, or a range with both ends. */
  readonly status?: readonly number[] | { readonly from: number; readonly to: number };
  readonly format?: readonly Reply['format'][];
  /** A pattern for the message of the reply and its codes. */
  readonly says?: RegExp;
  readonly path?: RegExp;
  /** True for requests with a key, false for those without. */
  readonly withKey?: boolean;
  /** A further condition. */
  readonly when?: (reply: Reply, target: Target, path: string) => boolean;

  readonly code: DiagnosisCode;
  /** The title, which names no host, because clients of the app see it. */
  readonly title?: ForTarget<string> | undefined;
  readonly fix?: ForTarget<readonly string[]> | undefined;
  readonly clientFix?: ForTarget<readonly string[]> | undefined;
  readonly httpStatus?: number;
  readonly retryable?: boolean;
}

const CHECK_BASE_URL =
  'Check COHERE_BASE_URL (or the option baseUrl): it is the address without /v1 or /v2.';

const USE_HTTPS = 'Write https:// in COHERE_BASE_URL (or the option baseUrl).';

const elsewhere = (_reply: Reply, { isCohere }: Target): boolean => !isCohere;

/** Rules for answers of proxies, portals and other servers. These come first. */
const NETWORK_RULES: readonly ResponseRule[] = [
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
    title: ({ server }) => `${server} is not allowed to serve this location (HTTP 451).`,
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
    title: ({ server }) => `${server} requires a client certificate (mutual TLS).`,
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
    when: elsewhere,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'COHERE_BASE_URL leads to a web server without this path.',
    fix: (target, context) => [
      `Check COHERE_BASE_URL (or the option baseUrl): ${target.name} answers with a web page.`,
      ...nameWholeAddress(target, context),
    ],
  },
  { status: [404, 405, 410], format: ['html'], code: 'COHERE_BLOCKED' },
  {
    status: [403],
    format: ['html'],
    code: 'COHERE_BLOCKED',
    title: ({ server }) =>
      `${server}, or a proxy on the way, refuses calls from this network; the key is not the cause.`,
  },
  // An Istio or nginx answer such as "RBAC: access denied". Cohere's own 403 is JSON.
  { status: [403], format: ['text', 'empty'], code: 'COHERE_BLOCKED' },
  { status: { from: 200, to: 401 }, format: ['html'], code: 'COHERE_BLOCKED' },
  { status: [402, 422, 498, 499], format: ['html'], code: 'COHERE_BLOCKED' },
];

/** The step for servers with another path than Cohere's: a whole address is used as it is. */
function nameWholeAddress(
  { isCohere, name: host }: Target,
  context: RequestContext | undefined,
): readonly string[] {
  const { name, path = '', otherPaths = [] } = context?.operation ?? {};
  return isCohere || otherPaths.length === 0 || otherPaths.includes(path.toLowerCase())
    ? []
    : [
        `If ${host} serves ${name} under another path, write the whole address, ending in ${otherPaths.join(' or ')}, into COHERE_BASE_URL (or the option baseUrl).`,
      ];
}

/** Rules for a server without that path. */
const WRONG_ADDRESS_RULES: readonly ResponseRule[] = [
  {
    status: [404, 405],
    path: /\/check-api-key$/,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'This deployment has no route that checks keys, so the key could not be verified.',
    fix: [
      CHECK_BASE_URL,
      'If the deployment is right and cannot check keys (Azure, some private ones), set COHERE_STARTUP_CHECK to rerank, or to off.',
    ],
  },
  {
    status: [404, 405],
    path: /\/models\/[^/]+$/,
    when: elsewhere,
    code: 'COHERE_RESPONSE_INVALID',
    title:
      'This deployment has no route that describes models, so the model could not be verified.',
    fix: [
      'If the deployment is right, set COHERE_STARTUP_CHECK to rerank, or to key.',
      CHECK_BASE_URL,
    ],
  },
  {
    status: [400, 422, 498],
    path: /\/(?:check-api-key|models\/[^/]+)$/,
    code: 'COHERE_RESPONSE_INVALID',
    title: ({ server }) => `${server} did not accept the check, so the key could not be verified.`,
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
    when: elsewhere,
    code: 'COHERE_RESPONSE_INVALID',
    title: 'COHERE_BASE_URL leads to a server that has no such path.',
    fix: (target, context) => {
      const setting = subjectOf(context)?.modelSetting;
      return [
        ...nameWholeAddress(target, context),
        `Check COHERE_BASE_URL (or the option baseUrl): ${target.name} has no ${context?.operation.path ?? 'such path'} there.`,
        ...(setting === undefined
          ? []
          : [
              `If the path is right, check that ${target.name} serves ${useOf(context)} with the model named in ${setting}.`,
            ]),
      ];
    },
  },
  {
    status: [404, 405, 410],
    code: 'COHERE_RESPONSE_INVALID',
    title: ({ server }) => `${server} does not know this path.`,
    fix: [CHECK_BASE_URL],
  },
];

const KEYS_PAGE = 'https://dashboard.cohere.com/api-keys';

const EXPIRED =
  /\b(?:key|token|credentials?|jwt|signature)\b.{0,200}\bexpired\b|\bexpired\b.{0,200}\b(?:key|token|credentials?)\b/i;
const REVOKED = /\b(?:revoked|deactivated|disabled|deleted)\b/i;
/** Matches a sentence that lists alternatives or gives advice, and so proves nothing. */
const UNCERTAIN =
  /\bor\b|\||\s\/|\bexpired,\s*(?:revoked|invalid|malformed|missing|been)\b|\/\s?\w*(?:expired|revoked|invalid)|(?:expired|revoked|invalid)\/|\b(?:invalid|missing|malformed|revoked|incorrect|unknown),|\b(?:may|might|could|possibly|perhaps|probably|if|whether|check|ensure|verify|not|unless)\b|n't\b|\bauthentication is disabled\b/i;

/** Finds a sentence that matches and is conclusive. */
function isAsserted(rawMessage: string, pattern: RegExp): boolean {
  return rawMessage
    .split(/[.!?;](?=\s|$)/)
    .some((sentence) => pattern.test(sentence) && !UNCERTAIN.test(sentence));
}

const API_KEY_RULES: readonly ResponseRule[] = [
  {
    status: [401, 403],
    format: ['json', 'text'],
    when: ({ rawMessage, codes }) =>
      isAsserted(rawMessage, EXPIRED) ||
      /\b(?:expired (?:\w+ )?(?:token|key)|(?:token|key) expired)\b/.test(codes),
    code: 'COHERE_API_KEY_EXPIRED',
    fix: (target, context) => [newKey(target, 'a production key'), putKeyInPlace(context)],
    clientFix: ({ isCohere }) =>
      isCohere
        ? [
            "Create a production key in Cohere's dashboard, set COHERE_API_KEY to that key, and start the app again.",
          ]
        : ['Set COHERE_API_KEY to a key that has not expired, and start the app again.'],
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
    title: ({ server }) => `The API key was sent, but did not reach ${server}.`,
    fix: [
      'Check that no proxy or gateway on the way removes the header that carries the key.',
      'If COHERE_BASE_URL is set, check it: it may be a gateway that expects the key in another header (COHERE_API_KEY_HEADER).',
    ],
    clientFix: [
      'Check that nothing between this app and the server of its requests removes the header that carries COHERE_API_KEY.',
    ],
  },
  {
    status: [401],
    when: ({ rawMessage }) => isAsserted(rawMessage, REVOKED),
    code: 'COHERE_API_KEY_REJECTED',
    title: 'The API key has been revoked.',
    fix: (target, context) => [newKey(target, 'a new key'), putKeyInPlace(context)],
    clientFix: replaceKey,
  },
  // LiteLLM sends this with 401: the key is valid, but not for this model.
  {
    status: [401, 403],
    says: /\bnot allowed to (?:access|use|call)\b|\bmodel access denied\b/i,
    code: 'COHERE_API_KEY_FORBIDDEN',
    title: notAllowed,
    fix: askForPermission,
  },
  {
    status: [401],
    code: 'COHERE_API_KEY_REJECTED',
    title: ({ server }) => `${server} rejected the API key.`,
    fix: rejectedFix,
    clientFix: replaceKey,
  },
  {
    status: [401, 402, 403, 429],
    says: /\b(?:insufficient|not enough)\b.{0,40}\b(?:balance|credits?|funds)\b|\bbalance\b.{0,40}\b(?:insufficient|not enough|exhausted)\b/i,
    when: elsewhere,
    code: 'COHERE_BILLING_REQUIRED',
    title: 'The balance of the account is used up.',
    fix: ({ name }) => [`Ask the operator of ${name} to top up the account of this key.`],
  },
  {
    status: [403],
    format: ['json'],
    says: /\b(?:security|access|bearer|api) token\b.{0,80}\binvalid\b|\binvalid\b.{0,20}\b(?:api[- _]?key|token)\b|\bapi[- _]?key\b.{0,40}\b(?:is )?(?:not valid|invalid|incorrect)\b/i,
    when: elsewhere,
    code: 'COHERE_API_KEY_REJECTED',
    title: ({ server }) => `${server} rejected the API key.`,
    fix: rejectedFix,
    clientFix: replaceKey,
  },
  {
    status: [403],
    format: ['json'],
    when: ({ rawMessage }, { isCohere }) => isCohere || ABOUT_PERMISSION.test(rawMessage),
    code: 'COHERE_API_KEY_FORBIDDEN',
    title: notAllowed,
    fix: askForPermission,
  },
  {
    status: [403],
    format: ['json'],
    code: 'COHERE_BLOCKED',
    title: ({ server }) =>
      `${server} refuses the request, and does not say that the key is the cause.`,
    fix: ({ name }) => [
      CHECK_BASE_URL,
      `Ask the operator of ${name} whether this app is allowed to call it: 403 often comes from a gateway or firewall.`,
    ],
  },
];

/**
 * A gateway's "Forbidden", "Access denied", "Missing Authentication Token" or "not a valid key=value pair" says
 * nothing about the key.
 */
const ABOUT_PERMISSION =
  /\b(?:api[- _]?key|key(?!=)|api token|permissions?|permitted|owner|organi[sz]ation)\b|\buser\b.{0,200}\bnot\b/i;

/** Returns the operation that a key or a model is for. */
function subjectOf(context: RequestContext | undefined): Operation | undefined {
  return context?.operation.checks ?? context?.operation;
}

function useOf(context: RequestContext | undefined): string {
  return subjectOf(context)?.name ?? 'this endpoint';
}

function notAllowed(_target: Target, context: RequestContext | undefined): string {
  return `The API key is not allowed to use ${useOf(context)}.`;
}

function askForPermission(
  { isCohere, name }: Target,
  context: RequestContext | undefined,
): readonly string[] {
  const use = useOf(context);
  const setting = subjectOf(context)?.modelSetting;
  return [
    isCohere
      ? `Check in https://dashboard.cohere.com that the account and the key have access to ${use}.`
      : `Ask the operator of ${name} to allow this key to use ${use}${setting === undefined ? '' : ` with the model named in ${setting}`}.`,
    'Or use a key that has access, and start the app again.',
  ];
}

export function rejectedFix(
  { isCohere, isOwnAddress, name }: Target,
  context: RequestContext | undefined,
): readonly string[] {
  if (!isCohere) {
    return [
      `Check that the key is one that ${name} accepts: COHERE_BASE_URL (or the option baseUrl) names that host.`,
      `If the key belongs to another deployment, ask the operator of ${name} for a key. ${putKeyInPlace(context)}`,
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

export function replaceKey(
  { isCohere }: Target,
  context: RequestContext | undefined,
): readonly string[] {
  if (isOfCaller(context)) {
    return [
      'Pass an active API key: the one that was passed takes the place of COHERE_API_KEY, and was refused.',
    ];
  }
  return isCohere
    ? [
        "Create a new API key in Cohere's dashboard, set COHERE_API_KEY to the new key, and start the app again.",
      ]
    : ['Set COHERE_API_KEY to an active API key, and start the app again.'];
}

function newKey({ isCohere, name }: Target, what: string): string {
  return isCohere
    ? `Create ${what} at ${KEYS_PAGE}.`
    : `Ask the operator of ${name} for a new key.`;
}

/** Recognizes a key given to `forKey()`. */
function isOfCaller(context: RequestContext | undefined): boolean {
  return /\bforKey\(\)/.test(context?.key?.name ?? '');
}

/** Returns the step that names the source for the new key. */
function putKeyInPlace(context: RequestContext | undefined): string {
  const name = context?.key?.name ?? 'COHERE_API_KEY';
  if (isOfCaller(context)) {
    return 'Pass the new key to forKey().';
  }
  return /^[A-Z][A-Z0-9_]*$/.test(name)
    ? `Set ${name} to it and start the app again.`
    : `Put it where the old one came from: ${name}.`;
}

const USE_A_PRODUCTION_KEY =
  'Use a production key, see https://dashboard.cohere.com/api-keys; its limit is a hundred times higher.';

/** Matches a budget or quota of longer than a minute, in the words of LiteLLM, OpenAI and others. */
const LONG_QUOTA =
  /\bmonth(?:ly)?\b|\b(?:per day|daily|weekly)\b|\bbudget\b.{0,100}\bexceed|\bexceed.{0,60}\bbudget\b|\bexceeded your current quota\b|\binsufficient[_ ]quota\b|\b(?:spend(?:ing)?|credit|usage|hard) limit\b/i;
const SHORT_RATE = /\b(?:per|\/) ?(?:minute|second|min|sec)\b|\b[rt]pm\b/i;

const QUOTA_RULES: readonly ResponseRule[] = [
  {
    status: [402],
    says: /maximum billing|billing limit/i,
    code: 'COHERE_BILLING_REQUIRED',
    title: 'The billing limit of the API key has been reached.',
    fix: ({ isCohere, name }) =>
      isCohere
        ? [
            'Raise the billing limit of the key at https://dashboard.cohere.com/billing?tab=payment.',
            'Or wait for the next billing period.',
          ]
        : [`Ask the operator of ${name} to raise the billing limit of the key.`],
  },
  {
    status: [402],
    says: /payment method/i,
    code: 'COHERE_BILLING_REQUIRED',
    title: ({ server }) => `${server} requires a payment method.`,
    fix: ({ isCohere, name }) =>
      isCohere
        ? ['Add or update the payment method at https://dashboard.cohere.com/billing?tab=payment.']
        : [`Ask the operator of ${name} to add or update the payment method.`],
  },
  {
    status: [402],
    code: 'COHERE_BILLING_REQUIRED',
    title: ({ server }) => `${server} requires a payment, or the billing limit has been reached.`,
  },
  // One status for two limits; only the message distinguishes month from minute. LiteLLM also sends 400.
  {
    status: [400, 429],
    says: LONG_QUOTA,
    when: ({ status, rawMessage, codes }) =>
      !SHORT_RATE.test(rawMessage) && (status === 429 || /budget exceeded/.test(codes)),
    code: 'COHERE_QUOTA_EXHAUSTED',
    title: ({ isCohere }) =>
      isCohere
        ? "The key's monthly quota is used up."
        : 'The quota or budget of the API key is used up.',
  },
  {
    status: [429],
    says: /\btrial\b/i,
    when: (_reply, { isCohere }) => isCohere,
    code: 'COHERE_RATE_LIMITED',
    title: 'The trial key has reached its limit for this minute.',
    fix: ['Wait a minute, then try again.', USE_A_PRODUCTION_KEY],
  },
  {
    status: [429],
    code: 'COHERE_RATE_LIMITED',
    title: ({ server }) => `Too many requests: ${server} limits the rate.`,
  },
];

/** Requires Cohere's own message for a model check: gateways send 404 for routes that they do not serve. */
const COHERES_WORDS =
  /\bmodel '[^']{1,200}' (?:was removed on|not found, make sure|is not supported by the)|^fine-?tuned model .{1,200} not found$/i;

function isCoheresOwn({ rawMessage }: Reply, { isCohere }: Target, path: string): boolean {
  return isCohere || COHERES_WORDS.test(rawMessage) || !path.includes('/models/');
}

const MODEL_REFUSED = [400, 404, 410, 422];
const ARGUMENT_REFUSED = [400, 422];

/** Returns the step that names another model: in a setting, or in the call that named this one. */
function setModel(context: RequestContext | undefined, model: string): string {
  if (context === undefined) {
    return `Use ${model}.`;
  }
  const modelSetting = subjectOf(context)?.modelSetting;
  return modelSetting === undefined
    ? `Call ${useOf(context)} with ${model}.`
    : `Set ${modelSetting} (or the option model) to ${model}.`;
}

function whereIdsAre({ isCohere, name }: Target, context: RequestContext | undefined): string {
  return !isCohere
    ? `Ask the operator of ${name} for the ids of the models that it serves.`
    : `See ${modelsPageOf(context)} for the current ids.`;
}

function modelsPageOf(context: RequestContext | undefined): string {
  return subjectOf(context)?.modelsPage ?? 'https://docs.cohere.com/docs/models';
}

function servedModel(target: Target, context: RequestContext | undefined): readonly string[] {
  const use = useOf(context);
  return [setModel(context, `a model that serves ${use}`), whereIdsAre(target, context)];
}

const MODEL_WORDS: readonly ResponseRule[] = [
  {
    status: MODEL_REFUSED,
    says: /model\b.{0,200}\b(?:was|has been) (?:removed|retired|shut down|deprecated)/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: ({ server }) => `${server} has removed the model.`,
    fix: (target, context) => [
      setModel(context, 'a current model'),
      target.isCohere
        ? 'Retired models and their replacements: https://docs.cohere.com/docs/deprecations.'
        : whereIdsAre(target, context),
    ],
  },
  {
    status: MODEL_REFUSED,
    says: /fine-?tuned model\b.{0,200}\bnot found/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: ({ server }) => `${server} does not know the fine-tuned model.`,
    fix: (target, context) => [
      setModel(context, target.isCohere ? 'a current model' : 'a model that exists'),
      target.isCohere
        ? `Fine-tuned models have been retired. ${whereIdsAre(target, context)}`
        : whereIdsAre(target, context),
    ],
  },
  {
    status: MODEL_REFUSED,
    says: /model\b.{0,200}\bnot supported by the\b|model\b.{0,80}\bdoes not support (?:the )?(?:rerank|scor|embed|chat|classif|this (?:endpoint|operation|api|task))/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: (_target, context) => `The model does not serve ${useOf(context)}.`,
    fix: servedModel,
  },
  {
    status: MODEL_REFUSED,
    says: /\bmodel\b.{0,200}\b(?:not[ _]found|(?:does not|doesn't|do not) exist|unknown|no access|not available|unavailable|not (?:deployed|loaded)|is not supported)\b|\b(?:unknown|invalid|unsupported|unrecogni[sz]ed|no such|non-?existent) model\b(?! output)|\bnot a valid model\b|\bmodel (?:identifier|id|name)\b.{0,80}\b(?:invalid|not valid)\b|\b(?:could not resolve|unable to access|cannot find|can't find|could not find)\b.{0,60}\bmodel\b|\bmodel: (?:input should be|value is not|unexpected value)|\bdeployment\b.{0,100}\b(?:does not exist|not found)\b/i,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: ({ server }) => `${server} does not know the model.`,
    fix: servedModel,
  },
];

const MODEL_RULES: readonly ResponseRule[] = [
  ...MODEL_WORDS.map((rule): ResponseRule => ({ ...rule, when: isCoheresOwn })),
  {
    status: [404, 410],
    format: ['json'],
    path: /\/models\/[^/]+$/,
    when: (_reply, { isCohere }) => isCohere,
    code: 'COHERE_MODEL_NOT_FOUND',
    title: 'Cohere does not know the model.',
    fix: servedModel,
  },
];

const ANOTHER_WIRE: Pick<ResponseRule, 'code' | 'title' | 'fix'> = {
  code: 'COHERE_RESPONSE_INVALID',
  fix: ({ name }) => [
    `Put a gateway that speaks the wire of Cohere, such as LiteLLM, in front of ${name}, and set COHERE_BASE_URL (or the option baseUrl) to the gateway.`,
    'Or use a server that speaks it, such as vLLM, llama.cpp or Infinity.',
  ],
};

export const TEI_WIRE = {
  ...ANOTHER_WIRE,
  title: 'The server speaks the wire of Text Embeddings Inference, which is not that of Cohere.',
};

export const VOYAGE_WIRE = {
  ...ANOTHER_WIRE,
  title: 'The server speaks the wire of Voyage, which is not that of Cohere.',
};

const TOO_LONG =
  /too many tokens|must have less than \d+ tokens|\b(?:context|sequence)[ _](?:length|size|window)\b|\b(?:inputs?|prompt|query|documents?|texts?|sequence|passages?)\b.{0,80}\b(?:too (?:long|large|big)|exceeds?)\b|\bexceeds?\b.{0,80}\btokens?\b|\btokens?\b.{0,60}\bexceeds?\b|\breduce (?:the length|your (?:prompt|input))\b/i;

const REQUEST_RULES: readonly ResponseRule[] = [
  { status: ARGUMENT_REFUSED, says: /\bmissing field `texts`/, ...TEI_WIRE },
  refused({
    says: /model parameter is required/i,
    title: 'The request names no model.',
    fix: (_target, context) => [
      `${setModel(context, 'a model')} This deployment has no default model.`,
    ],
  }),
  refused({
    says: /unknown field|not a valid field/i,
    title: ({ server }) => `${server} does not support a parameter of the request.`,
    fix: ['Remove the parameter named under Found, or use a model and deployment that support it.'],
    clientFix: ['Call without the parameters that the model does not support.'],
  }),
  refused({
    says: /list of documents must not be empty/i,
    title: 'The request has no documents.',
    fix: ['Pass at least one document that is not blank.'],
  }),
  refused({
    says: /document at index \d+ cannot be empty/i,
    title: 'A document is empty.',
    fix: ['Remove the document at the index under Found, or give it text.'],
    clientFix: ['Pass documents that are not empty.'],
  }),
  refused({
    says: /query must not be empty/i,
    title: 'The query is blank.',
    fix: ['Pass a query that is not blank.'],
  }),
  refused({
    status: [400, 413, 422],
    says: /max chunks|too many (?:chunks|documents|texts|inputs|passages)|maximum allowed batch size|\bat most \d+ (?:documents|texts|inputs|items)\b/i,
    title: (_target, context) => `The request has too many ${inputsOf(context)}.`,
    fix: (_target, context) => [
      context?.operation.inputsOption === undefined
        ? `Send fewer ${inputsOf(context)} in one request.`
        : `Lower ${context.operation.inputsOption}, so that the library splits the ${inputsOf(context)} into more requests.`,
    ],
    clientFix: (_target, context) => [`Send fewer ${inputsOf(context)}.`],
  }),
  // llama.cpp sends this with 500.
  refused({
    status: [400, 413, 422, 500],
    says: TOO_LONG,
    title: 'The texts of the request are too long for the model.',
    fix: ({ isCohere, name }, context) => [
      context?.operation.lengthArgument === undefined
        ? 'Shorten the texts.'
        : `Shorten the texts, or lower ${context.operation.lengthArgument}.`,
      isCohere
        ? `Or use a model with a longer context, see ${modelsPageOf(context)}.`
        : `Or ask the operator of ${name} for a model, or a batch size, that takes longer texts.`,
    ],
    clientFix: ['Shorten the texts of the request.'],
  }),
  refused({
    says: /rank_fields/i,
    title: 'The fields to rank by (rank_fields) are wrong.',
  }),
  refused({
    says: /invalid json/i,
    title: 'The request did not arrive as it was sent.',
    fix: ['Check that no proxy on the way changes or truncates request bodies.'],
    clientFix: ['Ask the operator of this app to check the proxies on the way.'],
  }),
  {
    status: [413],
    code: 'COHERE_REQUEST_INVALID',
    title: ({ server }) => `The request is too large for ${server}, or for a proxy on the way.`,
    fix: (_target, context) => [
      context?.operation.inputsOption === undefined
        ? `Send fewer or shorter ${inputsOf(context)} in one request.`
        : `Lower ${context.operation.inputsOption}, or send shorter ${inputsOf(context)}.`,
      'If there is a proxy on the way, raise its limit for request bodies.',
    ],
    clientFix: (_target, context) => [`Send fewer or shorter ${inputsOf(context)}.`],
  },
  {
    status: [498],
    code: 'COHERE_REQUEST_INVALID',
    title: ({ server }) =>
      `${server} does not accept the content of the request; the key is not the cause.`,
    fix: ({ server }) => [
      `Find the text that ${server} does not accept, and remove it from the request.`,
    ],
    clientFix: ['Remove the text that is not accepted from the request.'],
  },
  {
    status: ARGUMENT_REFUSED,
    when: ({ message }) => message === undefined,
    code: 'COHERE_REQUEST_INVALID',
    title: ({ server }) => `${server} does not accept the request, and does not say why.`,
    fix: (target, context) => [
      'Check the arguments of the call.',
      ...checkTheWire(target, context),
    ],
  },
  {
    status: ARGUMENT_REFUSED,
    code: 'COHERE_REQUEST_INVALID',
    title: ({ server }) => `${server} does not accept the request.`,
    fix: (target, context) => [
      'Correct the argument named under Found.',
      ...checkTheWire(target, context),
    ],
  },
];

function checkTheWire(
  { isCohere, name }: Target,
  context: RequestContext | undefined,
): readonly string[] {
  return isCohere
    ? []
    : [
        `If every call fails, check that ${name} serves ${useOf(context)} as Cohere does: COHERE_BASE_URL (or the option baseUrl) names it.`,
      ];
}

/** Returns a rule for an invalid request; clients get the operators' steps unless they have their own. */
function refused(
  rule: Omit<ResponseRule, 'code' | 'httpStatus'> & { readonly says: RegExp },
): ResponseRule {
  const isForClients = Array.isArray(rule.fix) && rule.status === undefined;
  return {
    status: ARGUMENT_REFUSED,
    clientFix: isForClients ? rule.fix : undefined,
    ...rule,
    code: 'COHERE_REQUEST_INVALID',
    retryable: false,
  };
}

/** Returns the step to try later, with Cohere's status page only for Cohere's own hosts. */
function tryLater({ isCohere, name }: Target, ...others: readonly string[]): readonly string[] {
  return isCohere
    ? ['Try again later; see https://status.cohere.ai.', ...others]
    : [`Try again later, and look at the logs of ${name}.`, ...others];
}

export const INVALID_RESPONSE: ResponseRule = {
  code: 'COHERE_RESPONSE_INVALID',
  title: ({ isCohere }) =>
    isCohere ? 'The response is not a valid Cohere response.' : 'The response is not valid.',
};

/** Rules for failures of the server, and last for web pages and 2xx statuses that no other rule matches. */
const AVAILABILITY_RULES: readonly ResponseRule[] = [
  {
    status: [408],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ server }) => `${server} did not receive the whole request in time.`,
    fix: (target) => tryLater(target, 'If it persists, check the upload speed of this network.'),
    retryable: true,
  },
  // Not retried: 499 means that our side closed the connection, usually at a deadline.
  {
    status: [499],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ server }) => `${server} cancelled the request.`,
    fix: (target) => tryLater(target),
    retryable: false,
  },
  {
    status: [501],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ server }) => `${server} does not support this request.`,
    fix: (target, context) =>
      target.isCohere
        ? ['See https://status.cohere.ai.', 'If it persists, contact Cohere support.']
        : [
            `Check that ${target.name} serves ${useOf(context)}: COHERE_BASE_URL (or the option baseUrl) names it.`,
            ...nameWholeAddress(target, context),
          ],
    clientFix: ['Ask the operator of this app to check the server that it sends its requests to.'],
    retryable: false,
  },
  {
    status: [503, 529],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ server }) => `${server} is overloaded or under maintenance.`,
    fix: (target) => tryLater(target),
    httpStatus: 503,
  },
  // A gateway's timeout is a failure of the server; COHERE_TIMEOUT is only for our own deadline.
  {
    status: [504, 524],
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ server }) => `${server} took too long behind its own gateway.`,
    fix: (target) => tryLater(target),
  },
  {
    status: { from: 500, to: 599 },
    code: 'COHERE_UPSTREAM_ERROR',
    title: ({ server }) => `${server} returned a server error.`,
    fix: (target) =>
      target.isCohere
        ? tryLater(target, 'If it persists, contact Cohere support with the request id.')
        : tryLater(target),
  },
  { status: { from: 200, to: 299 }, ...INVALID_RESPONSE },
  { format: ['html'], code: 'COHERE_BLOCKED' },
];

/** For a response that no rule matches. */
export const UNKNOWN_RESPONSE: ResponseRule = {
  code: 'COHERE_UPSTREAM_ERROR',
  title: ({ server }) => `${server} answered with a status that this library does not know.`,
  fix: (target) => tryLater(target),
  retryable: false,
};

/**
 * All rules; the first match wins, and `UNKNOWN_RESPONSE` applies without one. Statuses and messages:
 * https://docs.cohere.com/reference/errors.
 */
export const RESPONSE_RULES: readonly ResponseRule[] = [
  ...NETWORK_RULES,
  ...API_KEY_RULES,
  ...MODEL_RULES,
  ...WRONG_ADDRESS_RULES,
  ...QUOTA_RULES,
  ...REQUEST_RULES,
  ...AVAILABILITY_RULES,
];
