import { type Answer, html, json, ranking, type StubRequest, text } from './stub-cohere.js';

/** A server or gateway that serves rerank, but is not Cohere's own. */
export interface Deployment {
  readonly name: string;
  /** Appended to the server's address for COHERE_BASE_URL. */
  readonly basePath?: string | undefined;
  /** The one route that ranks. */
  readonly rerankPath: string;
  /** The header that carries the bare key; Bearer unless given. */
  readonly keyHeader?: string | undefined;
  /** The answer to every other route, with any key. */
  readonly otherRoute: Answer;
  /** Whether `otherRoute` looks like a refused key. */
  readonly refusesOtherRoutes: boolean;
  /** The answer of the rerank route to a key it does not know. */
  readonly badKey: Answer;
}

/** Answers as the deployment does, for one key that is good. */
export function answersOf(deployment: Deployment, goodKey: () => string): Answer {
  return (request, response) => {
    if (request.method !== 'POST' || request.path !== deployment.rerankPath) {
      deployment.otherRoute(request, response);
    } else if (keyOf(request, deployment.keyHeader) === goodKey()) {
      ranking()(request, response);
    } else {
      deployment.badKey(request, response);
    }
  };
}

function keyOf({ headers }: StubRequest, keyHeader: string | undefined): string | undefined {
  const value = headers[keyHeader ?? 'authorization'];
  return keyHeader === undefined ? String(value).replace(/^Bearer /, '') : String(value);
}

/** AWS repeats the header in its refusal. */
const awsForbidden: Answer = (request, response) => {
  const token = keyOf(request, undefined);
  const message = `'${token}' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer ${token}'.`;
  json(403, { message })(request, response);
};

const LITELLM_BAD_KEY = json(401, {
  error: {
    message:
      'Authentication Error, Invalid proxy server token passed. Unable to find token in cache or `LiteLLM_VerificationTokenTable`',
    type: 'token_not_found_in_db',
    param: 'key',
    code: '401',
  },
});

const liteLlmRoute = (status: number): Answer =>
  json(status, {
    detail:
      "Virtual key is not allowed to call this route. Only allowed to call routes: ['/v2/rerank']. Tried to call route: /v1/check-api-key",
  });

const NOT_FOUND = json(404, { detail: 'Not Found' });

/** Gateways and servers as they answer in public reports; docs/deployments.md names most of them. */
export const DEPLOYMENTS: readonly Deployment[] = [
  {
    name: 'AWS API Gateway',
    basePath: '/prod',
    rerankPath: '/prod/v2/rerank',
    otherRoute: awsForbidden,
    refusesOtherRoutes: true,
    badKey: json(401, { message: 'Unauthorized' }),
  },
  {
    name: 'LiteLLM with a key for one route',
    rerankPath: '/v2/rerank',
    otherRoute: liteLlmRoute(403),
    refusesOtherRoutes: true,
    badKey: LITELLM_BAD_KEY,
  },
  {
    name: 'an older LiteLLM with a key for one route',
    rerankPath: '/v2/rerank',
    otherRoute: liteLlmRoute(401),
    refusesOtherRoutes: true,
    badKey: LITELLM_BAD_KEY,
  },
  {
    name: 'Spring Boot',
    rerankPath: '/v2/rerank',
    otherRoute: text(401, '', { 'www-authenticate': 'Bearer error="invalid_token"' }),
    refusesOtherRoutes: true,
    badKey: text(401, '', { 'www-authenticate': 'Bearer error="invalid_token"' }),
  },
  {
    name: 'Envoy with RBAC',
    rerankPath: '/v2/rerank',
    otherRoute: text(403, 'RBAC: access denied', { 'content-type': 'text/plain' }),
    refusesOtherRoutes: true,
    badKey: text(401, 'Jwt verification fails', { 'content-type': 'text/plain' }),
  },
  {
    name: 'a gateway that repeats Cohere for unknown routes',
    rerankPath: '/v2/rerank',
    otherRoute: json(401, { message: 'invalid api token' }),
    refusesOtherRoutes: true,
    badKey: json(401, { message: 'invalid api token' }),
  },
  {
    name: 'a proxy that calls every key invalid',
    rerankPath: '/v2/rerank',
    otherRoute: json(200, { valid: false }),
    refusesOtherRoutes: true,
    badKey: json(401, { message: 'invalid api token' }),
  },
  {
    name: 'Kong',
    basePath: '/cohere',
    rerankPath: '/cohere/v2/rerank',
    otherRoute: json(404, { message: 'no Route matched with those values' }),
    refusesOtherRoutes: false,
    badKey: json(401, { message: 'Unauthorized' }),
  },
  {
    name: 'a firewall with an HTML page',
    rerankPath: '/v2/rerank',
    otherRoute: html(403),
    refusesOtherRoutes: true,
    badKey: json(401, { error: 'unauthorized' }),
  },
  {
    name: 'Azure AI Foundry',
    basePath: '/providers/cohere',
    rerankPath: '/providers/cohere/v2/rerank',
    keyHeader: 'api-key',
    otherRoute: json(404, { error: { code: '404', message: 'Resource not found' } }),
    refusesOtherRoutes: false,
    badKey: json(401, {
      statusCode: 401,
      message:
        'Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.',
    }),
  },
  {
    name: 'vLLM',
    rerankPath: '/v2/rerank',
    otherRoute: NOT_FOUND,
    refusesOtherRoutes: false,
    badKey: json(401, { error: 'Unauthorized' }),
  },
  {
    name: 'llama.cpp',
    basePath: '/v1/rerank',
    rerankPath: '/v1/rerank',
    otherRoute: json(404, {
      error: { code: 404, message: 'File Not Found', type: 'not_found_error' },
    }),
    refusesOtherRoutes: false,
    badKey: json(401, {
      error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 },
    }),
  },
  {
    name: 'Jina',
    basePath: '/v1/rerank',
    rerankPath: '/v1/rerank',
    otherRoute: NOT_FOUND,
    refusesOtherRoutes: false,
    badKey: json(401, { detail: 'Invalid API key' }),
  },
  {
    name: 'Infinity',
    basePath: '/rerank',
    rerankPath: '/rerank',
    otherRoute: NOT_FOUND,
    refusesOtherRoutes: false,
    badKey: json(401, { detail: 'Unauthorized' }),
  },
];
