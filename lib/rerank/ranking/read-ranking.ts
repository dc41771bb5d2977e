import { UnusableResponse } from '../../transport/attempt-failure.js';
import { isObject } from '../../transport/read-json.js';
import type { Batch } from '../documents/split-into-batches.js';
import type { RankedDocument, Ranking } from './ranked-document.interface.js';
import { readRelevantSpans } from './relevant-spans.js';

/**
 * Believes an answer only if it ranks documents that were sent, each at most once, and as many as were
 * asked for. Servers that speak Cohere's protocol without being Cohere are known to get this wrong.
 *
 * @param expected how many results there must be at least; a server that ignores `top_n` sends more
 * @throws UnusableResponse
 */
export function readRanking(answer: unknown, batch: Batch, expected: number): Ranking {
  const results = isObject(answer) ? answer['results'] : undefined;
  if (!isObject(answer) || !Array.isArray(results)) {
    throw new UnusableResponse('the body has no results');
  }
  const seen = new Set<number>();
  const ranked = results.map((result: unknown, place) => {
    const document = readResult(result, place, batch);
    if (seen.has(document.index)) {
      throw new UnusableResponse(`results[${place}] ranks a document a second time`);
    }
    seen.add(document.index);
    return document;
  });
  if (ranked.length < expected) {
    throw new UnusableResponse(`it ranks ${ranked.length} documents of ${expected}`);
  }
  return { ranked, ...readMeta(answer) };
}

function readResult(result: unknown, place: number, { texts, indices }: Batch): RankedDocument {
  const sent = isObject(result) ? result['index'] : undefined;
  const text = typeof sent === 'number' ? texts[sent] : undefined;
  const index = typeof sent === 'number' ? indices[sent] : undefined;
  if (!isObject(result) || typeof sent !== 'number') {
    throw new UnusableResponse(`results[${place}] has no index`);
  }
  if (text === undefined || index === undefined) {
    throw new UnusableResponse(
      `results[${place}].index is ${sent}, and ${texts.length} documents were sent`,
    );
  }
  const { relevanceScore } = result;
  if (typeof relevanceScore !== 'number' || !Number.isFinite(relevanceScore)) {
    throw new UnusableResponse(`results[${place}] has no relevance score`);
  }
  // The first is the name on the wire, which the SDK passes on as long as it does not know it.
  const spans = result['relevant_spans'] ?? result['relevantSpans'];
  if (spans === undefined || spans === null) {
    return { index, relevanceScore };
  }
  return { index, relevanceScore, relevantSpans: readRelevantSpans(spans, text, place) };
}

function readMeta(answer: Readonly<Record<string, unknown>>): Omit<Ranking, 'ranked'> {
  const { id } = answer;
  const meta = isObject(answer['meta']) ? answer['meta'] : {};
  const billed = isObject(meta['billedUnits']) ? meta['billedUnits'] : {};
  const warnings: unknown = meta['warnings'];
  return {
    id: typeof id === 'string' ? id : undefined,
    searchUnits: readNumber(billed['searchUnits']),
    inputTokens: readNumber(billed['inputTokens']),
    warnings: Array.isArray(warnings) ? warnings.filter((text) => typeof text === 'string') : [],
  };
}

function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
