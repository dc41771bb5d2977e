import type { ReceivedResponse } from '../diagnosis/request-context.interface.js';
import { UnusableResponse } from './attempt-failure.js';
import { isObject, readJson } from './read-json.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * An answer of `/v2/rerank`, reduced to what this library uses. The SDK maps it further without
 * validation, and prints a warning with parts of the answer where a type is wrong; so the types are
 * made sure of here.
 *
 * @throws FailedResponse, UnusableResponse
 */
export function readRerankAnswer(response: ReceivedResponse): JsonObject {
  const answer = readJson(response);
  const results = isObject(answer) ? answer['results'] : undefined;
  if (!isObject(answer) || !Array.isArray(results)) {
    throw new UnusableResponse('the body has no results', response);
  }
  const odd = results.findIndex((result) => !isResult(result));
  if (odd !== -1) {
    throw new UnusableResponse(`results[${odd}] has no index and relevance_score`, response);
  }
  const { id } = answer;
  return {
    ...(typeof id === 'string' ? { id } : {}),
    results,
    meta: readMeta(answer['meta']),
  };
}

function isResult(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value['index'] === 'number' &&
    typeof value['relevance_score'] === 'number'
  );
}

/** What a server adds here is its own business: what does not fit is left out. */
function readMeta(meta: unknown): JsonObject {
  if (!isObject(meta)) {
    return {};
  }
  const { billed_units: billed, warnings } = meta;
  return {
    ...(isObject(billed) ? { billed_units: numbersOf(billed) } : {}),
    ...(Array.isArray(warnings)
      ? { warnings: warnings.filter((text) => typeof text === 'string') }
      : {}),
  };
}

function numbersOf({ search_units, input_tokens }: JsonObject): JsonObject {
  return {
    ...(typeof search_units === 'number' ? { search_units } : {}),
    ...(typeof input_tokens === 'number' ? { input_tokens } : {}),
  };
}
