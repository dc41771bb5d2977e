import { type JsonObject, isJsonObject } from '../wire/request-body.js';
import type { EmulatorFault, StatusFault, WrongShapeFault } from './emulator-fault.js';
import {
  emulatorError,
  type EmulatorResponse,
  emulatorResponse,
  STATUS_TEXTS,
} from '../wire/response.js';

const FAR_OUT = 1_000_000;

/** How a response is sent: whole, in part, or not at all. */
export type Delivery =
  | { readonly kind: 'whole'; readonly reply: EmulatorResponse; readonly delayMs?: number }
  | {
      readonly kind: 'part';
      readonly reply: EmulatorResponse;
      readonly ending: 'hang' | 'reset' | 'close';
    }
  | { readonly kind: 'none'; readonly ending: 'hang' | 'reset' };

/** How a request with a fault is answered. `answer` makes the normal response. */
export function applyFault(fault: EmulatorFault, answer: () => EmulatorResponse): Delivery {
  switch (fault.kind) {
    case 'status':
      return { kind: 'whole', reply: statusReply(fault) };
    case 'latency':
      return { kind: 'whole', reply: answer(), delayMs: fault.ms };
    case 'hang':
      return fault.at === 'body'
        ? { kind: 'part', reply: answer(), ending: 'hang' }
        : { kind: 'none', ending: 'hang' };
    case 'reset':
      return fault.at === 'body'
        ? { kind: 'part', reply: answer(), ending: 'reset' }
        : { kind: 'none', ending: 'reset' };
    case 'truncate':
      return { kind: 'part', reply: answer(), ending: 'close' };
    case 'html':
      return { kind: 'whole', reply: htmlReply(fault.status ?? 403) };
    case 'non-json':
      return { kind: 'whole', reply: nonJsonReply(fault.status ?? 200, fault.body, answer) };
    case 'wrong-shape':
      return { kind: 'whole', reply: misshape(answer(), fault.shape) };
    default:
      return fault satisfies never;
  }
}

function statusReply({ status, message, retryAfter, headers }: StatusFault): EmulatorResponse {
  return emulatorError(status, message ?? STATUS_TEXTS.get(status) ?? `status ${status}`, {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...headers,
  });
}

function htmlReply(status: number): EmulatorResponse {
  const page = `<!doctype html><html><head><meta charset="utf-8"><title>${status}</title></head><body>${status} ${
    status === 403 ? 'Forbidden' : ''
  }</body></html>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page };
}

function nonJsonReply(
  status: number,
  body: string | undefined,
  answer: () => EmulatorResponse,
): EmulatorResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: body ?? answer().body.slice(0, -1),
  };
}

/** A rerank response made wrong in one way; a response without results stays as it is. */
function misshape(reply: EmulatorResponse, shape: WrongShapeFault['shape']): EmulatorResponse {
  const body: unknown = JSON.parse(reply.body);
  if (shape === 'empty-object') {
    return emulatorResponse(reply.status, {}, reply.headers);
  }
  if (!isJsonObject(body) || !Array.isArray(body['results'])) {
    return reply;
  }
  const { results, ...rest } = body;
  const wrong = misshapeResults(Array.isArray(results) ? results.filter(isJsonObject) : [], shape);
  return emulatorResponse(
    reply.status,
    wrong === undefined ? rest : { ...rest, results: wrong },
    reply.headers,
  );
}

function misshapeResults(
  results: readonly JsonObject[],
  shape: Exclude<WrongShapeFault['shape'], 'empty-object'>,
): readonly JsonObject[] | undefined {
  switch (shape) {
    case 'index-out-of-range':
      return results.map((result, place) => (place === 0 ? { ...result, index: FAR_OUT } : result));
    case 'duplicate-index':
      return [...results.slice(0, 1), ...results];
    case 'missing-score':
      return results.map(({ relevance_score: _score, ...result }) => result);
    case 'missing-results':
      return undefined;
    default:
      return shape satisfies never;
  }
}
