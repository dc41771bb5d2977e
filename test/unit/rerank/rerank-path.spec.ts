import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../../lib/config/resolve-settings.js';
import { failureOf, rerankOver } from '../../support/rerank-over.js';
import { json, ranking, StubCohere } from '../../support/stub-cohere.js';

describe('a base URL that ends in a path of rerank', () => {
  it.each(['/v1/rerank', '/rerank', '/gateway/v1/rerank'])(
    'has the documents sent to %s, in the body of /v2/rerank, and names it when that fails',
    async (path) => {
      const stub = await StubCohere.start(
        ranking(() => 0.5),
        json(400, { message: 'no' }),
      );
      const { baseUrl, rerankPath } = resolveSettings({ baseUrl: stub.url + path }, {});
      const { service } = rerankOver(baseUrl, { rerankPath });
      const request = { query: 'q', documents: ['a', 'b'], topN: 1 };
      await service.rerank(request);
      const error = await failureOf(service.rerank(request));
      expect(error).toMatchObject({ diagnosis: { detail: expect.stringContaining(path) } });
      expect(stub.paths).toEqual([path, path]);
      expect(JSON.parse(stub.requests[0]?.body ?? '')).toEqual({
        model: 'rerank-v5.0-fast',
        query: 'q',
        documents: ['a', 'b'],
        top_n: 1,
      });
    },
  );
});
