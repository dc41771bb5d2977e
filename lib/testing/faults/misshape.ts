import { isJsonObject, type JsonObject } from '../wire/json-body.js';
import { jsonReply, type Reply } from '../wire/reply.js';
import type { WrongShapeFault } from './emulator-fault.interface.js';

const FAR_OUT = 1_000_000;

/** A rerank answer made wrong in one way; an answer without results stays as it is. */
export function misshape(reply: Reply, shape: WrongShapeFault['shape']): Reply {
  const body: unknown = JSON.parse(reply.body);
  if (shape === 'empty-object') {
    return jsonReply(reply.status, {}, reply.headers);
  }
  if (!isJsonObject(body) || !Array.isArray(body['results'])) {
    return reply;
  }
  const { results, ...rest } = body;
  const wrong = misshapeResults(Array.isArray(results) ? results.filter(isJsonObject) : [], shape);
  return jsonReply(
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
