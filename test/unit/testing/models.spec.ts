import { describe, expect, it } from 'vitest';
import { ask, message, type EmulatorAnswer } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();

describe('GET /v1/models/{model}', () => {
  it('returns the endpoints of a model', async () => {
    const answer = await ask(emulator.current, '/v1/models/rerank-v5.0-pro');
    expect(answer.body).toEqual({
      name: 'rerank-v5.0-pro',
      endpoints: ['rerank'],
      finetuned: false,
      context_length: 32_768,
      tokenizer_url: null,
      default_endpoints: [],
      features: null,
    });
  });

  it('tells that a model is deprecated where a test says so', async () => {
    const models = ['rerank-of-ours', { name: 'rerank-v3.5', isDeprecated: true }];
    const deprecating = await emulator.start({ models });
    const get = async (name: string) => (await ask(deprecating, `/v1/models/${name}`)).body;
    expect(await get('rerank-v3.5')).toMatchObject({
      is_deprecated: true,
      context_length: 4_096,
      default_endpoints: ['rerank'],
    });
    expect(await get('rerank-of-ours')).not.toHaveProperty('is_deprecated');
  });

  it('reads an id that had to be encoded', async () => {
    const answer = await ask(emulator.current, '/v1/models/my%2Fown%20model');
    expect(message(answer)).toContain(`'my/own model'`);
  });

  it.each([
    ['rerank-v9', /^model 'rerank-v9' not found, make sure the correct model ID was used/],
    ['rerank-english-v2.0', /^model 'rerank-english-v2.0' was removed on April 30, 2025\./],
  ])('answers 404 for %s', async (model, expected) => {
    const answer = await ask(emulator.current, `/v1/models/${model}`);
    expect(answer.status).toBe(404);
    expect(message(answer)).toMatch(expected);
  });
});

describe('GET /v1/models', () => {
  it('lists all, or those of one endpoint', async () => {
    const all = names(await ask(emulator.current, '/v1/models'));
    const rerank = names(await ask(emulator.current, '/v1/models?endpoint=rerank'));
    expect(all).toContain('embed-v4.0');
    expect(rerank).not.toContain('embed-v4.0');
    expect(rerank).toContain('rerank-v5.0-fast');
    expect(
      names(await ask(emulator.current, '/v1/models?endpoint=rerank&default_only=true')),
    ).toEqual(['rerank-v3.5']);
  });

  it('has pages whose tokens cover the whole list', async () => {
    const all = names(await ask(emulator.current, '/v1/models'));
    const paged: string[] = [];
    let token: unknown = '';
    do {
      const page = await ask(
        emulator.current,
        `/v1/models?page_size=3&page_token=${String(token)}`,
      );
      expect(names(page).length).toBeLessThanOrEqual(3);
      paged.push(...names(page));
      token = page.body?.['next_page_token'];
    } while (token !== undefined);
    expect(paged).toEqual(all);
  });

  it('ends with a page that is just full', async () => {
    const { length } = names(await ask(emulator.current, '/v1/models?endpoint=rerank'));
    const page = await ask(emulator.current, `/v1/models?endpoint=rerank&page_size=${length}`);
    expect(page.body).not.toHaveProperty('next_page_token');
  });

  it.each(['page_size=0', 'page_size=1001', 'page_size=x', 'page_token=x'])(
    'refuses %s',
    async (query) => {
      expect((await ask(emulator.current, `/v1/models?${query}`)).status).toBe(400);
    },
  );
});

function names({ body }: EmulatorAnswer): string[] {
  const models = body?.['models'];
  return Array.isArray(models) ? models.map((model: { name: string }) => model.name) : [];
}
