import { DiagnosedError } from 'nestjs-cohere';
import { scoreOf, type SeenRequest } from './simulated-cohere.js';

/** One call of the app, or one input of a bulk run. */
export interface Call {
  readonly name: string;
  /** The service it is made with: 0 is that of the module, the others are of tenants. */
  readonly service: number;
  readonly query: string;
  readonly documents: readonly string[];
  readonly topN?: number | undefined;
  readonly minRelevanceScore?: number | undefined;
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly maxRetries: number;
  /** Of a bulk run. */
  readonly isInput: boolean;
  abortedAt?: number;
  settledAt?: number;
  readonly requests: SeenRequest[];
}

export function isUnderWay({ settledAt, abortedAt, deadlineAt }: Call, now: number): boolean {
  return settledAt === undefined && abortedAt === undefined && deadlineAt > now;
}

/** All calls of a simulation. */
export class Calls {
  readonly all: Call[] = [];
  readonly #byQuery = new Map<string, Call[]>();

  add(call: Call): void {
    this.all.push(call);
    this.#byQuery.set(call.query, [...(this.#byQuery.get(call.query) ?? []), call]);
  }

  /** Those that a request may have been sent for. */
  of({ query, documents }: SeenRequest): readonly Call[] {
    return (this.#byQuery.get(query) ?? []).filter((call) =>
      documents.every((text) => call.documents.includes(text)),
    );
  }
}

/** Some are blank, and some are alike. */
export function documentsOf(query: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    if (index % 7 === 6) {
      return '';
    }
    return `${query} document ${index % 11 === 10 ? 0 : index}`;
  });
}

export interface Result {
  readonly document: string;
  readonly index: number;
  readonly relevanceScore: number;
}

/** The ranking of a call, worked out from the scores alone. */
export function expectedResults(call: Call): readonly Result[] {
  const { query, documents, topN, minRelevanceScore = -1 } = call;
  return documents
    .map((document, index) => ({
      document,
      index,
      relevanceScore: document === '' ? 0 : scoreOf(query, document),
    }))
    .toSorted(
      (a, b) =>
        Number(a.document === '') - Number(b.document === '') ||
        b.relevanceScore - a.relevanceScore ||
        a.index - b.index,
    )
    .filter(({ relevanceScore }) => relevanceScore >= minRelevanceScore)
    .slice(0, topN);
}

/** The documents of a call in their own order, those without text last, where Cohere cannot rank them. */
export function unrankedResults({ documents, topN }: Call): readonly Result[] {
  const all = documents.map((document, index) => ({ document, index, relevanceScore: 0 }));
  const blank = all.filter(({ document }) => document === '');
  return all
    .filter(({ document }) => document !== '')
    .concat(blank)
    .slice(0, topN);
}

export function describe(error: unknown): string {
  return error instanceof DiagnosedError ? `${error.code} ${error.message}` : String(error);
}
