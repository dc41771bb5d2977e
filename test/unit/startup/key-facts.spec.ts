import { Controller, Get, Inject, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { CohereModule } from '../../../lib/cohere.module.js';
import type { CohereModuleOptions } from '../../../lib/config/settings.js';
import { getRerankToken, RerankService } from '../../../lib/rerank/rerank.service.js';
import { CohereEmulator } from '../../../lib/testing/index.js';
import { failureOf } from '../../support/rerank-over.js';
import { json, ranking, StubCohere, unauthorized, type Answer } from '../../support/stub-cohere.js';
import { CANARY, traces } from '../secrets/traces.js';

const REQUEST = { query: 'q', documents: ['a', 'b'] };
const MODES = ['key', 'model', 'rerank'] as const;
const TRIAL_HEADERS = { 'x-trial-endpoint-call-limit': '40' };

let app: INestApplicationContext | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const lines: string[] = [];
const note = (level: string) => (message: unknown) =>
  void lines.push(`${level} ${String(message)}`);

/** Boots an app without HTTP, as a queue worker is; what it logs is in `lines`. */
async function boot(options: CohereModuleOptions): Promise<RerankService> {
  lines.length = 0;
  @Module({ imports: [CohereModule.forRoot({ ...options, filter: false })] })
  class AppModule {}
  app = await NestFactory.createApplicationContext(AppModule, {
    abortOnError: false,
    logger: { log: note('log'), warn: note('warn'), error: note('error') },
  });
  return app.get(RerankService);
}

const warnings = () => lines.filter((line) => line.startsWith('warn'));
const errors = () => lines.filter((line) => line.startsWith('error'));

async function emulate(): Promise<CohereEmulator> {
  const emulator = await CohereEmulator.start();
  onTestFinished(() => emulator.stop());
  return emulator;
}

describe('a trial key', () => {
  it.each(['model', 'rerank'] as const)('is one warning at boot in mode %s', async (mode) => {
    const { url: baseUrl, keys } = await emulate();
    const service = await boot({ apiKey: keys.trial, baseUrl, startupCheck: mode });
    await service.rerank(REQUEST);
    expect(warnings()).toEqual([
      expect.stringMatching(/ is a trial key, limited to \d+ calls a min/),
    ]);
    expect(warnings().join()).toContain(`Ask the operator of ${new URL(baseUrl).host} for a`);
    expect(warnings().join()).not.toContain('dashboard.cohere.com');
    expect(await service.checkKey()).toMatchObject({ verdict: 'valid', isTrial: true });
  });

  it.each(['off', 'key'] as const)(
    'is one warning at the first ranking in mode %s',
    async (startupCheck) => {
      const { url: baseUrl, keys } = await emulate();
      const service = await boot({ apiKey: keys.trial, baseUrl, startupCheck });
      expect(warnings()).toEqual([]);
      await service.rerank(REQUEST);
      await service.rerank(REQUEST);
      expect(warnings()).toEqual([expect.stringContaining('is a trial key')]);
    },
  );

  it.each(MODES)('fails the boot in mode %s where none may be used', async (mode) => {
    const { url: baseUrl, keys } = await emulate();
    const startupCheck = { mode, onTrialKey: 'fail' } as const;
    const error = await failureOf(boot({ apiKey: keys.trial, baseUrl, startupCheck }));
    expect(error).toMatchObject({ code: 'COHERE_API_KEY_TRIAL', diagnosis: { exitCode: 77 } });
    expect(traces(String(error))).toEqual([]);
  });

  it.each([
    ['no such route', json(404, {})],
    ['503', json(503, {})],
    ['a route that is refused', json(403, { message: 'key not allowed' })],
  ])('is never assumed: %s in place of the model', async (_name, answer) => {
    const stub = await StubCohere.start(answer);
    stub.keyCheck = json(200, { valid: true });
    const startupCheck = { mode: 'key', onTrialKey: 'fail' } as const;
    await boot({ apiKey: CANARY, baseUrl: stub.url, startupCheck, maxRetries: 0 });
    expect(warnings()).toEqual([
      expect.stringMatching(
        /could not be told apart from a trial key.*COHERE_STARTUP_CHECK=rerank/,
      ),
    ]);
  });

  it.each([
    ['a model that does not serve rerank', json(200, { endpoints: ['chat'] }, TRIAL_HEADERS)],
    ['a model that does not exist', json(404, { message: "model 'x' not found" }, TRIAL_HEADERS)],
  ])('fails the boot in mode key, whatever else is wrong: %s', async (_name, answer) => {
    const stub = await StubCohere.start(answer);
    stub.keyCheck = json(200, { valid: true });
    const startupCheck = { mode: 'key', onTrialKey: 'fail' } as const;
    const options = { apiKey: CANARY, baseUrl: stub.url, startupCheck, maxRetries: 0 };
    expect(await failureOf(boot(options))).toMatchObject({ code: 'COHERE_API_KEY_TRIAL' });
  });

  it('is not asked about where none matters, so that nothing is said of it', async () => {
    const stub = await StubCohere.start(json(404, {}));
    stub.keyCheck = json(200, { valid: true });
    await boot({ apiKey: CANARY, baseUrl: stub.url, maxRetries: 0 });
    expect(warnings()).toEqual([]);
  });
});

it('two instances whose keys are refused are two errors, and each recovers by itself', async () => {
  const stub = await StubCohere.start(unauthorized);
  stub.keyCheck = unauthorized;
  const common = { baseUrl: stub.url, maxRetries: 0, startupCheck: 'off', filter: false } as const;
  const eu = 'eu-key-0123456789abcdefghijABCDEFGHIJ012';
  lines.length = 0;
  @Module({
    imports: [
      CohereModule.forRoot({ ...common, apiKey: CANARY }),
      CohereModule.forRoot({ ...common, apiKey: eu, name: 'eu' }),
    ],
  })
  class AppModule {}
  app = await NestFactory.createApplicationContext(AppModule, {
    abortOnError: false,
    logger: { log: note('log'), warn: note('warn'), error: note('error') },
  });
  const services = [app.get(RerankService), app.get<RerankService>(getRerankToken('eu'))];
  for (const service of [...services, ...services]) {
    // oxlint-disable-next-line no-await-in-loop
    await failureOf(service.rerank(REQUEST));
  }
  expect(errors()).toHaveLength(2);
  expect(errors()[1]).toContain('"eu"');
  stub.script(ranking());
  for (const service of services) {
    // oxlint-disable-next-line no-await-in-loop
    await service.reloadKey();
    // oxlint-disable-next-line no-await-in-loop
    await service.rerank(REQUEST);
  }
  expect(lines.filter((line) => line.includes('Calls work again'))).toHaveLength(2);
});

describe('the organization', () => {
  it.each(MODES)('of another one fails the boot in mode %s', async (mode) => {
    const { url: baseUrl, keys } = await emulate();
    const options = { apiKey: keys.active, baseUrl, organizationId: 'org-mine' };
    const error = await failureOf(boot({ ...options, startupCheck: mode }));
    expect(error).toMatchObject({ code: 'COHERE_API_KEY_WRONG_ORGANIZATION' });
  });

  it('is not read if nothing is checked', async () => {
    const { url: baseUrl, keys } = await emulate();
    const options = { apiKey: keys.active, baseUrl, organizationId: 'org-mine' };
    await boot({ ...options, startupCheck: 'off' });
    expect(warnings()).toEqual([]);
  });

  it('is in the line of a passed check, and in the result of checkKey', async () => {
    const emulator = await emulate();
    emulator.setKey(CANARY, { state: 'active', organizationId: 'org-mine' });
    const options = { apiKey: CANARY, baseUrl: emulator.url, organizationId: 'ORG-MINE' };
    const service = await boot(options);
    expect(lines).toContainEqual(expect.stringMatching(/log .*organization org-mine\) is valid/));
    expect(await service.checkKey()).toMatchObject({ organizationId: 'org-mine' });
  });

  it('of a rotated key that is another one: the old key stays, with one warning', async () => {
    const emulator = await emulate();
    const staging = 'staging-key-0123456789abcdefghijABCDEFGHIJ';
    emulator.setKey(CANARY, { state: 'active', organizationId: 'org-mine' });
    emulator.setKey(staging, { state: 'active', organizationId: 'org-staging' });
    let key = CANARY;
    const service = await boot({
      apiKey: () => key,
      baseUrl: emulator.url,
      organizationId: 'org-mine',
    });
    key = staging;
    expect(await failureOf(service.reloadKey())).toMatchObject({
      code: 'COHERE_API_KEY_WRONG_ORGANIZATION',
    });
    await failureOf(service.reloadKey());
    await service.rerank(REQUEST);
    expect(warnings()).toEqual([expect.stringMatching(/org-staging.*org-mine/)]);
    expect(traces(lines.join())).toEqual([]);
  });
});

const GATEWAYS: readonly (readonly [string, Answer])[] = [
  [
    'AWS API Gateway',
    json(403, { message: `'${CANARY}' not a valid key=value pair in Authorization header` }),
  ],
  ['LiteLLM', json(403, { detail: 'Virtual key is not allowed to call this route.' })],
  ['Spring', json(401, { status: 401, error: 'Unauthorized' })],
  ['vLLM', json(404, { detail: 'Not Found' })],
  ['a gateway with a web page', (_, response) => void response.writeHead(200).end('<html>')],
  [
    'a gateway that redirects',
    (_, response) => void response.writeHead(302, { location: '/' }).end(),
  ],
  ['a gateway that knows no POST', json(405, {})],
  ['a gateway that fails', json(500, {})],
];

/** Answers rerank, and every other route. */
const startGateway = (checks: Answer, rerank: Answer) =>
  StubCohere.start((request, response) => {
    (request.path === '/v2/rerank' ? rerank : checks)(request, response);
  });

describe.each(MODES)('a gateway that serves rerank alone, with mode %s', (mode) => {
  it.each(GATEWAYS)('fails no deploy: %s', async (_name, checks) => {
    const { url: baseUrl } = await startGateway(checks, ranking());
    const service = await boot({ apiKey: CANARY, baseUrl, startupCheck: mode, maxRetries: 0 });
    expect((await service.rerank(REQUEST)).results).toHaveLength(2);
    expect((await service.checkKey({ mode })).verdict).not.toBe('rejected');
    expect(errors()).toEqual([]);
    expect(warnings()).toHaveLength(mode === 'rerank' ? 0 : 1);
    expect(traces(lines.join())).toEqual([]);
  });

  it.each(GATEWAYS.slice(0, 3))('lets no refused key boot: %s', async (_name, checks) => {
    const { url: baseUrl } = await startGateway(checks, unauthorized);
    const options = { apiKey: CANARY, baseUrl, startupCheck: mode, maxRetries: 0 };
    const error = await failureOf(boot(options));
    expect(error).toMatchObject({ code: 'COHERE_API_KEY_REJECTED' });
    expect(traces(String(error))).toEqual([]);
  });
});

describe('an app without any filter', () => {
  it('logs once that a key is refused, with the fix, and once that calls work again', async () => {
    const emulator = await emulate();
    emulator.setKey(CANARY, 'active');
    const service = await boot({ apiKey: CANARY, baseUrl: emulator.url });
    emulator.setKey(CANARY, 'revoked');
    await failureOf(service.rerank(REQUEST));
    await failureOf(service.rerank(REQUEST));
    expect(errors()).toEqual([expect.stringMatching(/^error COHERE_API_KEY_REJECTED .* Fix: /)]);
    emulator.setKey(CANARY, 'active');
    await service.reloadKey();
    await service.rerank(REQUEST);
    await service.rerank(REQUEST);
    expect(lines.filter((line) => line.includes('work again'))).toHaveLength(1);
    expect(errors()).toHaveLength(1);
    expect(traces(lines.join())).toEqual([]);
  });

  it('logs a used-up quota, and its end', async () => {
    const month = json(429, { message: 'limited to 1000 API calls / month' });
    const stub = await StubCohere.start(month, month, ranking());
    const service = await boot({ apiKey: CANARY, baseUrl: stub.url, startupCheck: 'off' });
    await failureOf(service.rerank(REQUEST));
    await failureOf(service.rerank(REQUEST));
    await service.rerank(REQUEST);
    expect(errors()).toEqual([expect.stringContaining('COHERE_QUOTA_EXHAUSTED')]);
    expect(lines.filter((line) => line.includes('work again'))).toHaveLength(1);
  });

  it('is not flooded by the keys of tenants', async () => {
    const { url: baseUrl, keys } = await emulate();
    const service = await boot({ apiKey: keys.active, baseUrl });
    for (let tenant = 0; tenant < 20; tenant += 1) {
      const key = `tenant-${String(tenant).padStart(2, '0')}-0123456789abcdefghijABCDEFGHI`;
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await failureOf(service.forKey(key).rerank(REQUEST));
    }
    expect(errors()).toHaveLength(1);
    expect(errors()[0]).toContain('forKey()');
  });
});

it('logs a refused key once in an app with the filter', async () => {
  lines.length = 0;
  const { url: baseUrl, keys } = await emulate();
  @Controller()
  class SearchController {
    constructor(@Inject(RerankService) private readonly rerank: RerankService) {}

    @Get('search')
    search() {
      return this.rerank.rerank(REQUEST);
    }
  }
  @Module({
    imports: [CohereModule.forRoot({ apiKey: keys.revoked, baseUrl, startupCheck: 'off' })],
    controllers: [SearchController],
  })
  class AppModule {}
  const logger = { log: note('log'), warn: note('warn'), error: note('error') };
  const http = await NestFactory.create(AppModule, { logger });
  app = http;
  await http.listen(0, '127.0.0.1');
  const url = `${await http.getUrl()}/search`;
  const statuses = [await fetch(url), await fetch(url)].map(({ status }) => status);
  expect(statuses).toEqual([401, 401]);
  expect(errors()).toEqual([expect.stringContaining('COHERE_API_KEY_REJECTED')]);
});
