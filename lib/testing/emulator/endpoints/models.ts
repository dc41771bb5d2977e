import { authenticate } from '../keys/authenticate.js';
import type { EmulatedModel } from '../model-catalogue.js';
import type { Endpoint } from './endpoint.interface.js';
import { MESSAGES, Refusal, respondWith } from '../wire/response.js';

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 1_000;

/** `GET /v1/models`, https://docs.cohere.com/reference/list-models */
export const listModels: Endpoint = ({ credential, query: text }, account) => {
  const headers = account.limits.admit(authenticate(credential), 'models');
  return respondWith(headers, () => {
    const query = new URLSearchParams(text);
    const matching = account.models.all().filter((model) => isAskedFor(model, query));
    const size = readPageSize(query.get('page_size'));
    const start = readPageToken(query.get('page_token'));
    const end = start + size;
    return {
      models: matching.slice(start, end).map(describeModel),
      next_page_token: end < matching.length ? pageToken(end) : undefined,
    };
  });
};

/** `GET /v1/models/{model}`, https://docs.cohere.com/reference/get-model */
export const getModel: Endpoint = ({ credential, parameter }, { models, limits }) => {
  const headers = limits.admit(authenticate(credential), 'models');
  return respondWith(headers, () => describeModel(models.find(parameter)));
};

function isAskedFor(model: EmulatedModel, query: URLSearchParams): boolean {
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

/** As recorded: no `is_deprecated` unless a test sets it, and no `features` list. */
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
