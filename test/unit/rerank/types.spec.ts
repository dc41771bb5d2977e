import type {
  DiagnosedError,
  RelevantSpan,
  RerankOutcome,
  RerankRequest,
  RerankResponse,
  RerankService,
} from 'nestjs-cohere';
import { describe, expectTypeOf, it } from 'vitest';

// Each function is the promise of its test.
/* oxlint-disable unicorn/consistent-function-scoping */

// `tsc -p test/tsconfig.json` is what keeps these; nothing here is called.
type Service = Pick<RerankService, 'rerank' | 'rerankEach'>;

interface Article {
  readonly title: string;
  readonly tags: readonly string[];
}

const query = 'q';

describe('the type of the documents', () => {
  it('is the type of the documents that come back', () => {
    const call = (service: Service, documents: Article[]) => service.rerank({ query, documents });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<RerankResponse<Article>>();
    expectTypeOf(call)
      .returns.resolves.toHaveProperty('results')
      .items.toHaveProperty('document')
      .toEqualTypeOf<Article>();
  });

  it('is found for strings, mixed lists and literals', () => {
    const strings = (service: Service, documents: string[]) => service.rerank({ query, documents });
    expectTypeOf(strings).returns.resolves.toEqualTypeOf<RerankResponse<string>>();
    const mixed = (service: Service, documents: (string | Article)[]) =>
      service.rerank({ query, documents });
    expectTypeOf(mixed).returns.resolves.toEqualTypeOf<RerankResponse<string | Article>>();
    const literal = (service: Service) =>
      service.rerank({ query, documents: [{ id: 1, text: 'a' }] });
    expectTypeOf(literal).returns.resolves.toEqualTypeOf<
      RerankResponse<{ id: number; text: string }>
    >();
  });

  it('is what toText is given', () => {
    const call = (service: Service, documents: Article[]) =>
      service.rerank({
        query,
        documents,
        toText: (document, index) => {
          expectTypeOf(document).toEqualTypeOf<Article>();
          expectTypeOf(index).toEqualTypeOf<number>();
          return document.title;
        },
      });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<RerankResponse<Article>>();
  });

  it('may be that of a readonly list', () => {
    const call = (service: Service, documents: readonly Article[]) =>
      service.rerank({ query, documents });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<RerankResponse<Article>>();
    const tuple = (service: Service) => service.rerank({ query, documents: ['a', 'b'] as const });
    expectTypeOf(tuple).returns.resolves.toEqualTypeOf<RerankResponse<'a' | 'b'>>();
    expectTypeOf<Readonly<RerankRequest<Article>>>().toExtend<RerankRequest<Article>>();
  });

  it('cannot be numbers, null or promises', () => {
    const wrong = (service: Service) => {
      // @ts-expect-error a number has no text
      void service.rerank({ query, documents: [1] });
      // @ts-expect-error null has no text
      void service.rerank({ query, documents: [null] });
      // @ts-expect-error a toText that answers later answers too late
      void service.rerank({ query, documents: ['a'], toText: async () => 'a' });
      // @ts-expect-error a query is needed
      void service.rerank({ documents: ['a'] });
      // @ts-expect-error Cohere's wire name is not ours
      void service.rerank({ query, documents: ['a'], top_n: 1 });
    };
    expectTypeOf(wrong).returns.toBeVoid();
  });
});

describe('a response', () => {
  it('cannot be written to', () => {
    const write = (response: RerankResponse<Article>) => {
      // @ts-expect-error read only
      response.results.push();
      // @ts-expect-error read only
      response.usage.requests = 0;
    };
    expectTypeOf(write).returns.toBeVoid();
  });

  it('has figures and passages only where Cohere gave them', () => {
    expectTypeOf<RerankResponse<string>['usage']>().toEqualTypeOf<{
      readonly searchUnits?: number;
      readonly inputTokens?: number;
      readonly cachedDocuments?: number;
      readonly requests: number;
      readonly retries: number;
    }>();
    expectTypeOf<RerankResponse<string>['results'][number]['relevantSpans']>().toEqualTypeOf<
      readonly RelevantSpan[] | undefined
    >();
  });
});

describe('options left undefined', () => {
  it('are options left out, under exactOptionalPropertyTypes too', () => {
    expectTypeOf<{
      query: string;
      documents: string[];
      topN: undefined;
      model: string | undefined;
      toText: undefined;
      relevantSpans: { maxSpans: number | undefined };
    }>().toExtend<RerankRequest<string>>();
    expectTypeOf<{ signal: AbortSignal | undefined; timeoutMs: undefined }>().toExtend<
      Parameters<Service['rerank']>[1] & object
    >();
  });
});

describe('rerankEach', () => {
  it('takes iterables and async iterables, and hands out the type of their documents', () => {
    const each = (
      service: Service,
      requests: AsyncIterable<RerankRequest<Article>> | Set<RerankRequest<Article>>,
    ) => service.rerankEach(requests);
    expectTypeOf(each).returns.toExtend<AsyncIterable<RerankOutcome<Article>>>();
  });

  it('has outcomes that error or response discriminate', () => {
    const read = (outcome: RerankOutcome<Article>) => {
      expectTypeOf(outcome.index).toEqualTypeOf<number>();
      if (outcome.error === undefined) {
        expectTypeOf(outcome.response).toEqualTypeOf<RerankResponse<Article>>();
      } else {
        expectTypeOf(outcome.error).toEqualTypeOf<DiagnosedError>();
        expectTypeOf(outcome.response).toEqualTypeOf<undefined>();
      }
      const { response, error } = outcome;
      if (response === undefined) {
        expectTypeOf(error).toEqualTypeOf<DiagnosedError>();
      }
    };
    expectTypeOf(read).returns.toBeVoid();
  });
});
