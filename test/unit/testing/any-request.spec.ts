import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { RERANK_OPERATION } from '../../../lib/testing/emulator/endpoints/rerank.js';
import { RateLimits } from '../../../lib/testing/emulator/limits.js';
import { ask } from './support/ask.js';
import { ERROR, RERANK_V1, RERANK_V2 } from './support/openapi-schemas.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();
const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const isError = ajv.compile(ERROR);

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('capital', ' '));
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, 1, 0.5, null));

/** A body that both versions accept. */
const rightBody = fc.record(
  {
    model: fc.constantFrom('rerank-v5.0-fast', 'rerank-v3.5'),
    query: text.map((query) => `${query} capital`),
    documents: fc.array(
      text.map((document) => `${document}.`),
      { minLength: 1, maxLength: 8 },
    ),
    top_n: fc.integer({ min: 1, max: 10 }),
  },
  { requiredKeys: ['model', 'query', 'documents'] },
);

/** One field more, or wrong; a few that no version knows. */
const change = fc.oneof(
  fc.record({ query: fc.jsonValue() }),
  fc.record({ model: fc.oneof(fc.constantFrom('embed-v4.0', 'rerank-english-v2.0', ''), text) }),
  fc.record({ documents: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue(), { maxLength: 3 })) }),
  fc.record({ documents: fc.array(fc.record({ text, title: fc.jsonValue() }), { maxLength: 3 }) }),
  fc.record({ top_n: number }),
  fc.record({ max_tokens_per_doc: number }),
  fc.record({ max_chunks_per_doc: number }),
  fc.record({ priority: number }),
  fc.record({ return_documents: fc.oneof(fc.boolean(), fc.jsonValue()) }),
  fc.record({ rank_fields: fc.array(fc.constantFrom('text', 'title', '__proto__')) }),
  fc.record({ relevant_spans: fc.record({ max_spans: number, threshold: number }) }),
  fc.record({ relevant_spans: fc.jsonValue() }),
  fc.dictionary(text, fc.jsonValue(), { maxKeys: 3 }),
);

const body = fc
  .tuple(rightBody, fc.array(change, { maxLength: 2 }))
  .map(([right, changes]) => Object.assign({}, right, ...changes));

it.each(['/v2/rerank', '/v1/check-api-key', '/v1/models', '/', '/v1/chat'])(
  "marks each response of %s as the emulator's",
  async (path) => {
    const answers = [
      await ask(emulator.current, path),
      await ask(emulator.current, path, { method: 'POST', key: null }),
    ];
    emulator.current.fail({ kind: 'html' });
    answers.push(await ask(emulator.current, path));
    for (const { headers } of answers) {
      expect(headers.get('x-nestjs-cohere-emulator')).toBe('1');
    }
  },
);

it.each([
  ['/v2/rerank', ajv.compile(RERANK_V2)],
  ['/v1/rerank', ajv.compile(RERANK_V1)],
])(
  '%s answers any body with a ranking or a refusal, and never fails itself',
  async (path, isRanking) => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 8, arbitrary: body }, fc.jsonValue()), async (wanted) => {
        const answer = await ask(emulator.current, path, { body: JSON.stringify(wanted) });
        seen.add(answer.status);
        expect([200, 400, 404, 422]).toContain(answer.status);
        const isValid = answer.status === 200 ? isRanking : isError;
        expect([isValid(answer.body), isValid.errors]).toEqual([true, null]);
      }),
      { numRuns: 200 },
    );
    expect(seen).toContain(200);
    expect(seen).toContain(400);
  },
);

it('a rate limit is kept in every window, and refuses no request that fits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 }),
      (requests, perMs, pauses) => {
        let now = 0;
        const limits = new RateLimits(() => now);
        const caller = { key: 'aKey', state: 'active', rateLimit: { requests, perMs } } as const;
        const accepted: number[] = [];
        for (const pause of pauses) {
          now += pause;
          const fits = accepted.filter((at) => at > now - perMs).length < requests;
          expect(isAdmitted(limits, caller)).toBe(fits);
          if (fits) {
            accepted.push(now);
          }
        }
        expect(limits.refused).toBe(pauses.length - accepted.length);
      },
    ),
  );
});

function isAdmitted(limits: RateLimits, caller: Parameters<RateLimits['admit']>[0]): boolean {
  try {
    limits.admit(caller, RERANK_OPERATION);
    return true;
  } catch {
    return false;
  }
}
