import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BulkResult {
  readonly id: string;
  readonly results?: readonly { readonly index: number; readonly relevanceScore: number }[];
  readonly error?: string;
}

/** An input and an output in a folder of their own. */
export class BulkFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-bulk-'));
  readonly requests = join(this.#folder, 'requests.jsonl');
  readonly results = join(this.#folder, 'results.jsonl');

  constructor(lines: readonly (string | object)[]) {
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    writeFileSync(this.requests, `${text.join('\n')}\n`);
  }

  /** Whole lines of the output so far. */
  get count(): number {
    return existsSync(this.results)
      ? readFileSync(this.results, 'latin1').split('\n').length - 1
      : 0;
  }

  /** By the line of the input. @throws when a line is not JSON, or a request has two results */
  read(): ReadonlyMap<number, BulkResult> {
    const results = new Map<number, BulkResult>();
    for (const line of readFileSync(this.results, 'utf8').split('\n').slice(0, -1)) {
      const result: BulkResult = JSON.parse(line);
      const number = Number.parseInt(result.id, 10);
      if (results.has(number)) {
        throw new Error(`line ${number} has two results`);
      }
      results.set(number, result);
    }
    return results;
  }

  async reached(count: number): Promise<void> {
    while (this.count < count) {
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** So many requests, each with documents of its own. */
export function manyRequests(count: number): object[] {
  return Array.from({ length: count }, (_, number) => ({
    query: `question ${number}`,
    documents: [`answer ${number}`, `something else than ${number}`],
  }));
}
