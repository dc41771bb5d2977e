import { checkApiKey } from './check-api-key.js';
import type { Endpoint } from './endpoint.interface.js';
import { getModel } from './get-model.js';
import { listModels } from './list-models.js';
import { rerankV1 } from './rerank-v1.js';
import { rerankV2 } from './rerank-v2.js';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly endpoint: Endpoint;
  readonly parameter: string;
}

const FIXED: ReadonlyMap<string, Route> = new Map([
  ['/v2/rerank', { method: 'POST', endpoint: rerankV2, parameter: '' }],
  ['/v1/rerank', { method: 'POST', endpoint: rerankV1, parameter: '' }],
  ['/v1/check-api-key', { method: 'POST', endpoint: checkApiKey, parameter: '' }],
  ['/v1/models', { method: 'GET', endpoint: listModels, parameter: '' }],
]);
const ONE_MODEL = /^\/v1\/models\/([^/]+)$/;

/** The endpoint that serves a path, if any does. */
export function routeOf(path: string): Route | undefined {
  const fixed = FIXED.get(path);
  if (fixed !== undefined) {
    return fixed;
  }
  const model = ONE_MODEL.exec(path)?.[1];
  return model === undefined
    ? undefined
    : { method: 'GET', endpoint: getModel, parameter: decode(model) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
