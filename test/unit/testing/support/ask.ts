import type { CohereEmulator } from 'nestjs-cohere/testing';

export interface EmulatorAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; `undefined` where it is no JSON. */
  readonly body: Record<string, unknown> | undefined;
}

export interface Question {
  readonly method?: string;
  /** `null`: no Authorization header. Default: the active key. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

export async function ask(
  emulator: CohereEmulator,
  path: string,
  { method, key = emulator.keys.active, headers, body }: Question = {},
): Promise<EmulatorAnswer> {
  const response = await fetch(`${emulator.url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

export const MODEL = 'rerank-v5.0-fast';

export function rerank(
  emulator: CohereEmulator,
  body: Readonly<Record<string, unknown>> = {},
  question: Question = {},
): Promise<EmulatorAnswer> {
  return ask(emulator, '/v2/rerank', {
    ...question,
    body: { model: MODEL, query: 'capital', documents: ['the capital', 'a river'], ...body },
  });
}

export function checkKey(emulator: CohereEmulator, key: string | null): Promise<EmulatorAnswer> {
  return ask(emulator, '/v1/check-api-key', { method: 'POST', key });
}

export function message(answer: EmulatorAnswer): unknown {
  return answer.body?.['message'];
}

interface Result {
  readonly index: number;
  readonly relevance_score: number;
  readonly document?: unknown;
  readonly relevant_spans?: readonly { start: number; end: number; score: number }[];
}

export function results(answer: EmulatorAnswer): readonly Result[] {
  const found = answer.body?.['results'];
  if (!Array.isArray(found)) {
    throw new TypeError(`no results: ${answer.status} ${answer.text}`);
  }
  return found.map(toResult);
}

function toResult(value: unknown): Result {
  if (!isResult(value)) {
    throw new TypeError(`no result: ${JSON.stringify(value)}`);
  }
  return value;
}

function isResult(value: unknown): value is Result {
  return (
    typeof value === 'object' && value !== null && 'index' in value && 'relevance_score' in value
  );
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
