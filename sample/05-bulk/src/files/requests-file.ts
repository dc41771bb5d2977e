import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { RerankRequest } from 'nestjs-cohere';

export type Request = RerankRequest<string | object>;

/** One line of the input. */
export interface RequestLine {
  /** From 1. */
  readonly line: number;
  /** Line and content, so that results never get mixed up with those of another input. */
  readonly id: string;
  /** Undefined when the line is not a JSON object. */
  readonly request: Request | undefined;
}

/** Reads the input line by line; however long it is, memory stays flat. Blank lines are skipped. */
export async function* readRequests(path: string): AsyncGenerator<RequestLine> {
  let line = 0;
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Infinity,
  })) {
    line += 1;
    if (text.trim() !== '') {
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
      yield { line, id: `${line}-${hash}`, request: parse(text) };
    }
  }
}

/** @throws the error of the file system when the input cannot be read */
export async function countRequests(path: string): Promise<number> {
  let count = 0;
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Infinity,
  })) {
    count += text.trim() === '' ? 0 : 1;
  }
  return count;
}

/** What the members of the object are, RerankService checks. */
function parse(text: string): Request | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRequest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
