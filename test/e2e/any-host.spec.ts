import { inspect } from 'node:util';
import { type LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CohereModule, type CohereModuleOptions, RerankService } from 'nestjs-cohere';
import { DiagnosedError } from '../../lib/diagnosis/errors.js';
import { answersOf, type Deployment, DEPLOYMENTS } from '../support/deployments.js';
import { CANARY, OTHER_KEY } from '../support/keys.js';
import { StubCohere } from '../support/stub-cohere.js';

const MODES = ['key', 'model', 'rerank'] as const;

interface Boot {
  readonly rerank: RerankService | undefined;
  readonly error: unknown;
  /** All that was logged or thrown. */
  readonly output: string;
}

describe.each(DEPLOYMENTS)('$name', (deployment) => {
  let server: StubCohere;
  let goodKey = CANARY;
  const ended: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    goodKey = CANARY;
    server = await StubCohere.open(answersOf(deployment, () => goodKey));
    ended.push(() => server.stop());
  });

  afterEach(async () => {
    for (const end of ended.splice(0)) {
      await end();
    }
  });

  async function boot(apiKey: string, mode: (typeof MODES)[number]): Promise<Boot> {
    const log = new Log();
    const options = optionsFor(deployment, server, apiKey, mode);
    class App {}
    Module({ imports: [CohereModule.forRoot(options)] })(App);
    try {
      const app = await NestFactory.createApplicationContext(App, {
        logger: log,
        abortOnError: false,
      });
      ended.unshift(() => app.close());
      return { rerank: app.get(RerankService), error: undefined, output: log.text };
    } catch (error) {
      return { rerank: undefined, error, output: `${log.text}\n${inspect(error)}` };
    }
  }

  it.each(MODES)('a good key starts and serves with startupCheck %s', async (mode) => {
    const { rerank, output } = await boot(CANARY, mode);
    const response = await rerank?.rerank({ query: 'refund', documents: ['a', 'b'] });
    expect(response?.results.map(({ index }) => index)).toEqual([0, 1]);
    expect((await rerank?.checkKey({ mode }))?.verdict).not.toBe('rejected');
    expect(output).not.toContain(CANARY);
  });

  it.each(MODES)('a bad key never serves, and is named, with startupCheck %s', async (mode) => {
    const { rerank, error, output } = await boot(OTHER_KEY, mode);
    const isRefused = mode === 'rerank' || deployment.refusesOtherRoutes;
    expect(rerank === undefined).toBe(isRefused);
    expect(output.includes('could not be verified')).toBe(!isRefused);
    const served = await rerank?.rerank({ query: 'refund', documents: ['a'] }).catch(asIs);
    expect(served ?? error).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
    expect(output).not.toContain(OTHER_KEY);
    expect(output).not.toContain('dashboard.cohere.com');
  });

  it('a key that is revoked and restored works again without a restart', async () => {
    const { rerank } = await boot(CANARY, 'rerank');
    const call = () => rerank?.rerank({ query: 'refund', documents: ['a'] });
    goodKey = 'another';
    await expect(call()).rejects.toBeInstanceOf(DiagnosedError);
    goodKey = CANARY;
    // The refusal is asked about again after five seconds; reloadKey() forgets it at once.
    await rerank?.reloadKey();
    expect((await call())?.results).toHaveLength(1);
  });
});

function optionsFor(
  { basePath = '', keyHeader }: Deployment,
  server: StubCohere,
  apiKey: string,
  mode: (typeof MODES)[number],
): CohereModuleOptions {
  return {
    apiKey,
    baseUrl: `${server.url}${basePath}`,
    apiKeyHeader: keyHeader,
    startupCheck: { mode, timeoutMs: 20_000 },
    timeoutMs: 20_000,
    maxRetries: 0,
  };
}

function asIs(error: unknown): unknown {
  return error;
}

/** Keeps every line. */
class Log implements LoggerService {
  text = '';
  readonly log = (...parts: unknown[]) => this.#add(parts);
  readonly warn = (...parts: unknown[]) => this.#add(parts);
  readonly error = (...parts: unknown[]) => this.#add(parts);
  readonly debug = (...parts: unknown[]) => this.#add(parts);

  #add(parts: readonly unknown[]): void {
    this.text += `${parts.map(String).join(' ')}\n`;
  }
}
