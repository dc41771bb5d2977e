import type {
  RerankAttempt,
  RerankEndpoint,
  RerankQuery,
} from '../../../../lib/rerank/rerank-endpoint.js';
import type { Diagnosis } from '../../../../lib/diagnosis/diagnosis.interface.js';
import type { EndSignal } from '../../../../lib/transport/call-scope.js';
import { rerankOver } from '../../../support/rerank-over.js';
import type { CohereSettings } from '../../../../lib/config/resolved-configuration.interface.js';
import type { RerankService } from '../../../../lib/rerank/rerank.service.js';

type Script = (query: RerankQuery, attempt: RerankAttempt) => unknown;

/**
 * Takes the place of the HTTP endpoint and answers as it is told. It is apart from `StubCohere` because it is not a server: its answers
 * may be what JSON cannot say, such as NaN, and properties run it thousands of times.
 */
export class ScriptedEndpoint implements RerankEndpoint {
  readonly queries: RerankQuery[] = [];
  inFlight = 0;
  mostInFlight = 0;
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  async rerank(query: RerankQuery, attempt: RerankAttempt): Promise<unknown> {
    this.queries.push(query);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      return await this.#script(query, attempt);
    } finally {
      this.inFlight -= 1;
    }
  }
}

/** A service over an endpoint that answers as it is told. */
export function scripted(
  script: Script,
  settings: Partial<CohereSettings> = {},
  onDegraded?: (diagnosis: Diagnosis) => void,
): { readonly endpoint: ScriptedEndpoint; readonly service: RerankService } {
  const endpoint = new ScriptedEndpoint(script);
  const { service } = rerankOver('http://127.0.0.1:9', {
    endpoint,
    onDegraded,
    maxRetries: 0,
    ...settings,
  });
  return { endpoint, service };
}

/** An answer that gives each document the score its text begins with, in the order they were sent. */
export function scoresOf({ documents, topN }: Pick<RerankQuery, 'documents' | 'topN'>): {
  readonly results: WireResult[];
} {
  const results = documents.map((text, index) => ({
    index,
    relevance_score: Number.parseFloat(text),
  }));
  return topN === undefined ? { results } : { results: best(results, topN) };
}

interface WireResult {
  readonly index: number;
  readonly relevance_score: number;
}

/** As Cohere cuts off, but in no order that could be taken over: whoever wants order has to make it. */
function best(results: readonly WireResult[], topN: number): WireResult[] {
  return results
    .toSorted((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
    .slice(0, topN)
    .toReversed();
}

/** Resolves once the signal aborts. */
export function aborted(signal: EndSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
