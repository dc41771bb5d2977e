import Joi from 'joi';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TunnelProxy } from '../support/tunnel-proxy.js';
import { SampleProcess } from './support/sample-process.js';

describe("the examples of the sample's OpenAPI document", () => {
  let emulator: CohereEmulator;
  let proxy: TunnelProxy;
  let sample: SampleProcess;
  let url = '';

  beforeAll(async () => {
    emulator = await CohereEmulator.start();
    proxy = await TunnelProxy.open(emulator.port);
    sample = new SampleProcess({
      environment: {
        COHERE_API_KEY: emulator.keys.active,
        // A fix depends on whether the host is Cohere's own.
        COHERE_BASE_URL: 'http://api.cohere.com',
        HTTP_PROXY: proxy.url,
        COHERE_MAX_RETRIES: '0',
        COHERE_TIMEOUT_MS: '1000',
      },
    });
    url = await sample.listening();
  });
  afterAll(async () => {
    sample.kill();
    await Promise.all([proxy.stop(), emulator.stop()]);
  });

  const search = (body: unknown) =>
    fetch(`${url}/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('are what the app answers: 200, with and without an explanation', async () => {
    for (const explain of [false, true]) {
      const response = await search({ query: 'I lost my phone', topN: 1, explain });
      const body: unknown = await response.json();
      expect(Object.keys(Joi.attempt(body, Joi.object().required().unknown()))).toEqual(
        explain ? ['results', 'usage', 'model', 'explanation'] : ['results', 'usage', 'model'],
      );
    }
  });

  it.each([
    [402, () => emulator.setKey(emulator.keys.active, 'unpaid')],
    [429, () => emulator.fail({ kind: 'status', status: 429 })],
    [502, () => emulator.fail({ kind: 'status', status: 500 })],
    [503, () => emulator.fail({ kind: 'status', status: 503 })],
    [504, () => emulator.fail({ kind: 'hang' })],
    // The last one, since a refusal is remembered.
    [401, () => emulator.setKey(emulator.keys.active, 'revoked')],
  ])('are what the app answers: %i', async (status, spoil) => {
    spoil();
    const response = await search({ query: 'refund' });
    emulator.setKey(emulator.keys.active, 'active');
    emulator.clearFaults();
    expect(response.status).toBe(status);
    expect(withDefaultTimeout(await response.json())).toEqual((await examples(url)).get(status));
  });

  it('are what the app answers: 400', async () => {
    const response = await search({ query: ' ' });
    expect(await response.json()).toEqual({
      statusCode: 400,
      error: 'Bad Request',
      message: ['"query" is not allowed to be empty'],
    });
  });

  it('are there for every way in which Cohere can fail', async () => {
    expect(new Set((await examples(url)).keys())).toEqual(new Set([401, 402, 429, 502, 503, 504]));
  });
});

interface OpenApiDocument {
  readonly paths: {
    readonly '/search': {
      readonly post: {
        readonly responses: Readonly<
          Record<string, { content: { 'application/json': { example?: unknown } } }>
        >;
      };
    };
  };
}

const openApiDocument = Joi.object<OpenApiDocument>({
  paths: Joi.object({ '/search': Joi.object().required() }).unknown().required(),
}).unknown();

async function examples(url: string): Promise<ReadonlyMap<number, unknown>> {
  const response = await fetch(`${url}/docs-json`);
  const document = Joi.attempt(await response.json(), openApiDocument);
  return new Map(
    Object.entries(document.paths['/search'].post.responses).flatMap(([status, { content }]) => {
      const { example } = content['application/json'];
      return example === undefined ? [] : [[Number(status), example] as const];
    }),
  );
}

/** The test is not patient enough for the ten seconds of the example. */
function withDefaultTimeout(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body).replace('within 1000 ms', 'within 10000 ms'));
}
