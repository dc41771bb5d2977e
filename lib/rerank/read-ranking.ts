import { shorten, toOneLine } from '../diagnosis/redact/clean-text.js';
import { hideSecrets } from '../diagnosis/redact/known-secret.js';
import { showable } from '../diagnosis/redact/redact.js';
import { isObject, UnusableResponse } from '../transport/attempt-failure.js';
import type { Batch } from './documents/split-into-batches.js';
import { inOrder } from './ranking-order.js';
import { readRelevantSpans } from './read-relevant-spans.js';
import type { RerankResult } from './rerank.interface.js';

/** One validated response. */
export interface Ranking<T extends string | object> {
  /** The results, best first, with their index in the caller's list. */
  readonly results: readonly RerankResult<T>[];
  readonly id: string | undefined;
  readonly searchUnits: number | undefined;
  readonly inputTokens: number | undefined;
  readonly warnings: readonly string[];
}

/**
 * Validates a response: it must rank documents that were sent, each at most once, and as many as were requested.
 * Some servers that implement Cohere's protocol violate this.
 *
 * @param expected minimum number of results; a server that ignores `top_n` sends more
 * @param secrets values to redact in ids and warnings
 * @throws UnusableResponse
 */
export function readRanking<T extends string | object>(
  answer: unknown,
  batch: Batch<T>,
  expected: number,
  secrets: readonly string[] = [],
): Ranking<T> {
  const found = isObject(answer) ? answer['results'] : undefined;
  if (!isObject(answer) || !Array.isArray(found)) {
    throw new UnusableResponse('the body has no results', {
      status: 200,
      headers: {},
      body: JSON.stringify(answer) ?? '',
    });
  }
  const ranked = new Uint8Array(batch.texts.length);
  const results = found.map((result: unknown, position) => {
    const sent = sentIndex(result, position, batch.texts.length);
    if (ranked[sent] === 1) {
      throw new UnusableResponse(`results[${position}] ranks a document a second time`);
    }
    ranked[sent] = 1;
    return readResult(result, position, batch, sent);
  });
  if (results.length < expected) {
    throw new UnusableResponse(`it ranks ${results.length} documents of ${expected}`);
  }
  return { results: inOrder(results), ...readMeta(answer, secrets) };
}

function sentIndex(result: unknown, position: number, count: number): number {
  const index = isObject(result) ? result['index'] : undefined;
  if (typeof index !== 'number') {
    throw new UnusableResponse(`results[${position}] has no index`);
  }
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new UnusableResponse(
      `results[${position}].index is ${index}, and ${count} documents were sent`,
    );
  }
  return index;
}

function readResult<T extends string | object>(
  result: unknown,
  position: number,
  { documents, indices, texts }: Batch<T>,
  sent: number,
): RerankResult<T> {
  const score = isObject(result) ? result['relevance_score'] : undefined;
  const document = documents[sent];
  const index = indices === undefined ? sent : indices[sent];
  const text = texts[sent];
  if (!isObject(result) || typeof score !== 'number' || !Number.isFinite(score)) {
    throw new UnusableResponse(`results[${position}] has no relevance_score`);
  }
  if (document === undefined || index === undefined || text === undefined) {
    throw new UnusableResponse(`results[${position}] ranks no document`);
  }
  const spans = result['relevant_spans'];
  return spans === undefined || spans === null
    ? { document, index, relevanceScore: score }
    : {
        document,
        index,
        relevanceScore: score,
        relevantSpans: readRelevantSpans(spans, text, position),
      };
}

/** Recognizes Cohere's own ids, in which no secret need be searched. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function readId(id: string, secrets: readonly string[]): string {
  return UUID.test(id) && !secrets.some((secret) => secret.toLowerCase().includes(id))
    ? id
    : hideSecrets(shorten(toOneLine(id)), secrets);
}

const MOST_WARNINGS = 20;

function readMeta(
  answer: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Omit<Ranking<string | object>, 'results'> {
  const { id } = answer;
  const meta = isObject(answer['meta']) ? answer['meta'] : {};
  const billed = isObject(meta['billed_units']) ? meta['billed_units'] : {};
  const warnings: unknown = meta['warnings'];
  return {
    id: typeof id === 'string' ? readId(id, secrets) : undefined,
    searchUnits: readNumber(billed['search_units']),
    inputTokens: readNumber(billed['input_tokens']),
    warnings: (Array.isArray(warnings) ? warnings : [])
      .filter((text) => typeof text === 'string')
      .slice(0, MOST_WARNINGS)
      .map((text) => showable(text, secrets)),
  };
}

function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
