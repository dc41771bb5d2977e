import { describe, expect, it } from 'vitest';
import { CheckedKeySource } from '../../lib/config/api-key/create-key-source.js';
import { functionKeySource } from '../../lib/config/api-key/function-key.source.js';
import { Secret } from '../../lib/config/api-key/secret.js';
import { ApiKeyHolder } from '../../lib/transport/api-key-holder.js';
import { failureOf, FakeKeySource, rerankOver, undetermined } from '../support/rerank-over.js';
import { ranking, StubCohere } from '../support/stub-cohere.js';
import { KEY, keyNumber } from '../support/keys.js';

const ROTATED = keyNumber('r');

/** A function of the app that never answers the first time, and gives the next key after that. */
function hangingOnce(): CheckedKeySource {
  let readings = 0;
  const supply = () => {
    readings += 1;
    return readings === 1 ? new Promise(() => undefined) : ROTATED;
  };
  return new CheckedKeySource(functionKeySource(supply), { deadlineMs: 20 });
}

describe('a key source that never answers', () => {
  it('ends the reading at its deadline and names the source', async () => {
    expect(await failureOf(hangingOnce().read())).toMatchObject({
      code: 'COHERE_API_KEY_SOURCE_FAILED',
      diagnosis: { detail: 'the apiKey function gave no key within 20 ms' },
    });
  });

  it('does not block the readings after it', async () => {
    const keys = new ApiKeyHolder(hangingOnce(), new Secret(KEY), { recheck: undetermined });
    expect(await failureOf(keys.reload())).toMatchObject({ code: 'COHERE_API_KEY_SOURCE_FAILED' });
    await keys.reload();
    expect(keys.current?.reveal()).toBe(ROTATED);
  });

  it('costs one call its deadline if even the check for a change hangs, and no other call', async () => {
    const stub = await StubCohere.start(ranking());
    const clock = { now: 0 };
    const source = new FakeKeySource();
    source.mayHaveChanged = () => new Promise(() => undefined);
    const { service } = rerankOver(stub.url, { source, now: () => clock.now });
    clock.now += 5_000;
    const request = { query: 'q', documents: ['a'] };
    const first = failureOf(service.rerank(request, { timeoutMs: 100 }));
    clock.now += 5_000;
    expect((await service.rerank(request)).results).toHaveLength(1);
    expect(await first).toMatchObject({ code: 'COHERE_TIMEOUT' });
  });
});
