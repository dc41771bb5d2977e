import { CohereClientV2 as NewestClient } from 'cohere-ai';
import { CohereClientV2 as OldestClient } from 'cohere-ai-8-0-1';
import {
  type Arbitrary,
  array,
  constant,
  constantFrom,
  double,
  integer,
  oneof,
  record,
  sample,
  string,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rerankOver } from '../support/rerank-over.js';
import { KEY } from '../support/keys.js';
import { ranking, StubCohere, type StubRequest } from '../support/stub-cohere.js';

const REQUESTS = 220;
const MODEL = 'rerank-v5.0-pro';

/** Any text that is not blank, with the characters that JSON and UTF-8 make something of. */
const text = string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((value) => `a${value}`);
const maybe = <T>(value: Arbitrary<T>) => oneof(constant(undefined), value);

const requests = sample(
  record({
    query: text,
    documents: array(text, { minLength: 2, maxLength: 8 }),
    // What cuts nothing off is not sent, so it stays below the number of documents.
    topN: constantFrom(undefined, 1),
    maxTokensPerDoc: maybe(integer({ min: 1, max: 32_768 })),
    priority: maybe(integer({ min: 0, max: 999 })),
    relevantSpans: maybe(
      record({
        maxSpans: maybe(integer({ min: 1, max: 9 })),
        threshold: maybe(double({ min: 0, max: 1, noNaN: true })),
      }),
    ),
    clientName: constantFrom(undefined, 'shop'),
  }),
  { numRuns: REQUESTS, seed: 20_261_121 },
);

/** What the comparison is about; the rest of the headers says who sends it. */
function wire({ method, path, headers, body }: StubRequest) {
  return {
    method,
    path,
    authorization: headers.authorization,
    contentType: headers['content-type'],
    clientName: headers['x-client-name'],
    body: JSON.parse(body) as unknown,
  };
}

async function sentByUs(stub: StubCohere): Promise<void> {
  const services = new Map(
    [undefined, 'shop'].map((clientName) => [
      clientName,
      rerankOver(stub.url, { clientName, model: MODEL }).service,
    ]),
  );
  for (const { clientName, ...request } of requests) {
    // In the order of the requests, so that they can be compared one by one.
    // oxlint-disable-next-line no-await-in-loop
    await services.get(clientName)?.rerank(request);
  }
}

async function sentBySdk(
  stub: StubCohere,
  Client: typeof NewestClient | typeof OldestClient,
): Promise<void> {
  for (const { clientName, relevantSpans: spans, ...request } of requests) {
    const client: { rerank(body: object): Promise<unknown> } = new Client({
      token: KEY,
      baseUrl: stub.url,
      ...given({ clientName }),
    });
    // The SDK has no name for the spans, and hands them on as they are.
    const relevant_spans =
      spans === undefined ? undefined : { max_spans: spans.maxSpans, threshold: spans.threshold };
    // oxlint-disable-next-line no-await-in-loop
    await client.rerank(given({ model: MODEL, ...request, relevant_spans }));
  }
}

/** The SDK sends null for a field that is given as undefined. */
function given(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

describe('a rerank request', () => {
  it.each([
    ['8.0.1', OldestClient],
    ['the newest', NewestClient],
  ])('is the one that CohereClientV2.rerank of cohere-ai sends: %s', async (_, Client) => {
    const stub = await StubCohere.start(ranking());
    await sentByUs(stub);
    const ours = stub.requests.splice(0).map(wire);
    await sentBySdk(stub, Client);
    const theirs = stub.requests.map(wire);
    expect(ours).toHaveLength(REQUESTS);
    expect(ours).toEqual(theirs);
  });
});
