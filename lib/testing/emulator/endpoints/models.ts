import type { EmulatedOperation } from '../limits.js';
import type { EmulatedModel } from '../model-catalogue.js';
import { MESSAGES, Refusal } from '../wire.js';
import type { Endpoint } from './endpoint.interface.js';

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 1_000;

export const MODELS_OPERATION: EmulatedOperation = {
  name: 'models',
  trialCallsPerMinute: 40,
  billed: false,
};

/** https://docs.cohere.com/reference/list-models */
export const listModels: Endpoint = {
  method: 'GET',
  path: '/v1/models',
  operation: MODELS_OPERATION,
  answer: ({ query: text }, { models }) => {
    const query = new URLSearchParams(text);
    const matching = models.all().filter((model) => matches(model, query));
    const start = readPageToken(query.get('page_token'));
    const end = start + readPageSize(query.get('page_size'));
    return {
      models: matching.slice(start, end).map(describeModel),
      next_page_token: end < matching.length ? pageToken(end) : undefined,
    };
  },
};

/** https://docs.cohere.com/reference/get-model */
export const getModel: Endpoint = {
  method: 'GET',
  path: /^\/v1\/models\/([^/]+)$/,
  operation: MODELS_OPERATION,
  answer: ({ parameter }, { models }) => describeModel(models.find(parameter)),
};

function matches(model: EmulatedModel, query: URLSearchParams): boolean {
  const endpoint = query.get('endpoint');
  if (endpoint === null || endpoint === '') {
    return true;
  }
  const served = query.get('default_only') === 'true' ? model.defaultEndpoints : model.endpoints;
  return served?.includes(endpoint) ?? false;
}

function readPageSize(value: string | null): number {
  if (value === null || value === '') {
    return DEFAULT_PAGE_SIZE;
  }
  const size = Number(value);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) {
    throw new Refusal(
      400,
      MESSAGES.wrongType('page_size', `an integer between 1 and ${MAX_PAGE_SIZE}`),
    );
  }
  return size;
}

// Opaque on purpose: callers only send it back.
function pageToken(start: number): string {
  return Buffer.from(`after:${start}`).toString('base64url');
}

function readPageToken(token: string | null): number {
  if (token === null || token === '') {
    return 0;
  }
  const start = /^after:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (start === undefined) {
    throw new Refusal(400, MESSAGES.wrongType('page_token', 'the token of an earlier response'));
  }
  return Number(start);
}

/** Follows recorded responses: no `is_deprecated` unless a test sets it, and no `features` list. */
function describeModel(model: EmulatedModel): Readonly<Record<string, unknown>> {
  return {
    name: model.name,
    endpoints: model.endpoints,
    finetuned: false,
    context_length: model.contextLength,
    tokenizer_url: null,
    default_endpoints: model.defaultEndpoints ?? [],
    features: null,
    is_deprecated: model.isDeprecated,
  };
}
