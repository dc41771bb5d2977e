import { DiagnosedError } from '../../diagnosis/errors/diagnosed.error.js';
import type { RerankResponse } from '../rerank-response.interface.js';
import type { ObservedCall } from './rerank-telemetry.interface.js';

type Attributes = Readonly<Record<string, string | number | number[]>>;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** What is known before the call; the metric gets only what has few different values. */
export function requestAttributes(
  { model, texts, topN }: ObservedCall,
  baseUrl: string,
): { readonly span: Attributes; readonly metric: Attributes } {
  const { hostname, port, protocol } = new URL(baseUrl);
  const serverPort = port === '' ? DEFAULT_PORTS[protocol] : Number(port);
  const metric = {
    'gen_ai.operation.name': 'rerank',
    'gen_ai.provider.name': 'cohere',
    'gen_ai.request.model': model,
    'server.address': hostname,
    ...(serverPort === undefined ? {} : { 'server.port': serverPort }),
  };
  const span = {
    ...metric,
    'gen_ai.rerank.candidate.count': texts.length,
    ...(topN === undefined ? {} : { 'gen_ai.rerank.top_n': topN }),
  };
  return { span, metric };
}

export function responseAttributes<T extends string | object>({
  ids,
  usage,
}: RerankResponse<T>): Attributes {
  const [id] = ids;
  return {
    ...(id === undefined ? {} : { 'gen_ai.response.id': id }),
    ...(usage.searchUnits === undefined ? {} : { 'gen_ai.usage.search_units': usage.searchUnits }),
    ...(usage.inputTokens === undefined ? {} : { 'gen_ai.usage.input_tokens': usage.inputTokens }),
    'nestjs_cohere.requests': usage.requests,
    'nestjs_cohere.retries': usage.retries,
  };
}

/** Content, recorded only where the app asks for it. */
export function contentAttributes<T extends string | object>(
  { query, texts }: ObservedCall,
  { results }: RerankResponse<T>,
): Attributes {
  const documents = results.map(({ index, relevanceScore }) => ({
    id: String(index),
    score: relevanceScore,
    content: texts[index],
  }));
  return {
    'gen_ai.retrieval.query.text': query,
    'gen_ai.retrieval.documents': JSON.stringify(documents),
    'gen_ai.rerank.scores': results.map(({ relevanceScore }) => relevanceScore),
  };
}

/** The code of a diagnosis; the name of whatever else it is, such as `AbortError`. */
export function failureType(error: unknown): string {
  if (error instanceof DiagnosedError) {
    return error.code;
  }
  return error instanceof Error ? error.name : '_OTHER';
}
