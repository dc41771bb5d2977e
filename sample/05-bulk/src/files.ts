import { createHash } from 'node:crypto';
import { appendFileSync, createReadStream, ftruncateSync, openSync, statSync } from 'node:fs';
import { DiagnosedError, type RerankRequest, type RerankResponse } from 'nestjs-cohere';

export type Request = RerankRequest<string | object>;

/** One line of the output. `results` name documents by their index in the request. */
export interface Result {
  readonly id: string;
  readonly results?: readonly { readonly index: number; readonly relevanceScore: number }[];
  readonly error?: string;
}

export function toResult(id: string, { results }: RerankResponse<string | object>): Result {
  const ranking = results.map(({ index, relevanceScore }) => ({ index, relevanceScore }));
  return { id, results: ranking };
}

/** Formats an error: `COHERE_REQUEST_INVALID: query must be …` */
export function describeError(error: unknown): string {
  return error instanceof DiagnosedError ? `${error.code}: ${error.message}` : String(error);
}

/** The output: one line per request, only ever appended to. */
export class Results {
  readonly #done = new Set<string>();
  #failed = 0;

  private constructor(private readonly file: number) {}

  /** Opens the output of an earlier run. Cuts off the last line if that run was killed while writing it. */
  static async open(path: string): Promise<Results> {
    const results = new Results(openSync(path, 'a'));
    const { size } = statSync(path);
    let length = 0;
    for await (const line of linesOf(path)) {
      const end = length + Buffer.byteLength(line) + 1;
      if (end > size) {
        break;
      }
      results.#done.add(idOf(line, path));
      length = end;
    }
    ftruncateSync(results.file, length);
    return results;
  }

  has(id: string): boolean {
    return this.#done.has(id);
  }

  append(result: Result): void {
    this.#done.add(result.id);
    this.#failed += result.error === undefined ? 0 : 1;
    appendFileSync(this.file, `${JSON.stringify(result)}\n`);
    if (this.#done.size % 1_000 === 0) {
      this.showProgress();
    }
  }

  showProgress(): void {
    process.stderr.write(`${this.#done.size} done, ${this.#failed} of this run failed\n`);
  }
}

/** Reads the requests that have no result yet, line by line, so that memory stays flat. */
export async function* unfinishedRequests(path: string, results: Results) {
  let line = 0;
  for await (const text of linesOf(path)) {
    line += 1;
    // Line and content, so that results of another input never match.
    const id = `${line}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
    if (text.trim() !== '' && !results.has(id)) {
      yield { id, request: parseRequest(text) };
    }
  }
}

/** Yields the lines of a file. `readline` would also split at U+2028, which JSON may contain. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') {
    yield rest;
  }
}

/** Parses a line without checking it: `RerankService` validates the request. */
function parseRequest(text: string): Request {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse('"no JSON"');
  }
}

function idOf(line: string, path: string): string {
  const { id = '' }: Partial<Result> = line.startsWith('{"id":"') ? JSON.parse(line) : {};
  if (id === '') {
    throw new Error(`${path} exists and is not an output of this program; name another file.`);
  }
  return id;
}
