import { ConsoleLogger, type INestApplicationContext } from '@nestjs/common';
import { ModuleRef, ModulesContainer, NestFactory } from '@nestjs/core';
import type { CohereClientV2 } from 'cohere-ai';
import { afterEach, describe, expect, it } from 'vitest';
import { CohereModule } from '../../../lib/cohere.module.js';
import { diagnose } from '../../../lib/diagnosis/diagnose.js';
import { toHttpException } from '../../../lib/filter/to-http-exception.js';
import {
  json,
  ranking,
  StubCohere,
  type Answer,
  type StubRequest,
} from '../../support/stub-cohere.js';
import { CANARY, everyView, traces } from './traces.js';
import { getCohereToken } from '../../../lib/cohere.tokens.js';
import { RerankService } from '../../../lib/rerank/rerank.service.js';

const key = (request: StubRequest) => request.headers.authorization?.replace('Bearer ', '') ?? '';

const ECHOES: readonly [string, (request: StubRequest) => string][] = [
  ['as it came', (request) => request.headers.authorization ?? ''],
  ['without Bearer', key],
  ['in base64', (request) => Buffer.from(request.headers.authorization ?? '').toString('base64')],
  [
    'percent-encoded',
    (request) =>
      Array.from(key(request))
        .map((c) => `%${c.charCodeAt(0).toString(16)}`)
        .join(''),
  ],
  [
    'JSON-escaped',
    (request) =>
      Array.from(key(request))
        .map((c) => `\\u00${c.charCodeAt(0).toString(16)}`)
        .join(''),
  ],
  [
    'with \\x escapes',
    (request) =>
      Array.from(key(request))
        .map((c) => `\\x${c.charCodeAt(0).toString(16)}`)
        .join(''),
  ],
  ['in spaced hex', (request) => Buffer.from(key(request)).toString('hex').replace(/../g, '$& ')],
  ['in groups of seven', (request) => key(request).replace(/.{7}/g, '$& ')],
  ['its first half', (request) => key(request).slice(0, 20)],
  ['its second half', (request) => key(request).slice(20)],
];

const BODIES: readonly [string, string, (text: string) => string][] = [
  ['JSON', 'application/json', (text) => `{"message":"no: ${text}","id":"${text}"}`],
  ['HTML', 'text/html', (text) => `<html><title>${text}</title>${text}</html>`],
  ['text', 'text/plain', (text) => `Authorization: ${text}`],
  ['broken JSON', 'application/json', (text) => `{"message":"${text}`],
];

let app: INestApplicationContext | undefined;
afterEach(async () => {
  await app?.close();
});

async function start(answer: Answer) {
  let logged = '';
  class CapturingLogger extends ConsoleLogger {
    protected override printMessages(messages: unknown[], ...rest: unknown[]): void {
      logged += `${everyView(messages)} ${everyView(rest)}\n`;
    }
  }
  const stub = await StubCohere.start(answer);
  app = await NestFactory.createApplicationContext(
    CohereModule.forRoot({
      apiKey: CANARY,
      baseUrl: stub.url,
      client: true,
      maxRetries: 0,
      startupCheck: { mode: 'key', onUnreachable: 'warn' },
    }),
    { logger: new CapturingLogger(), abortOnError: false },
  );
  const client = app.get<CohereClientV2>(getCohereToken());
  return { rerank: app.get(RerankService), client, logs: () => logged };
}

const request = { query: 'a query', documents: ['a document'] };

describe('a key that Cohere, or something on the way, echoes is not shown', () => {
  it.each(ECHOES)('%s', async (_name, echo) => {
    let reply: { status: number; type: string; body: (text: string) => string } | undefined;
    const { rerank, client, logs } = await start((incoming, response) => {
      if (reply === undefined) {
        json(200, { valid: true })(incoming, response);
        return;
      }
      const text = echo(incoming);
      response
        .writeHead(reply.status, { 'content-type': reply.type, 'x-debug-trace-id': text })
        .end(reply.body(text));
    });
    for (const status of [200, 400, 403, 404, 422, 429, 500, 503]) {
      for (const [, type, body] of BODIES) {
        reply = { status, type, body };
        const error: unknown = await rerank.rerank(request).catch((reason: unknown) => reason);
        const diagnosis = diagnose(error);
        expect(diagnosis).toBeDefined();
        const answered = everyView([toHttpException(error)]);
        const verdict = everyView(await rerank.checkKey({ timeoutMs: 2_000 }));
        const failed: unknown = await client.rerank({ model: 'rerank-v5.0-fast', ...request }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        const told = everyView([diagnose(failed), toHttpException(failed)]);
        const views = [everyView(error), answered, verdict, everyView(failed), told, logs()];
        expect(traces(views.join('\n'))).toEqual([]);
      }
    }
  });
});

describe('a key in use is not shown', () => {
  it('by any provider of the module, before and after a call', async () => {
    const { rerank, logs } = await start((incoming, response) => {
      const answer = incoming.path === '/v2/rerank' ? ranking() : json(200, { valid: true });
      answer(incoming, response);
    });
    await rerank.rerank(request);
    const context = app;
    expect(context).toBeDefined();
    const modules = context?.get(ModulesContainer) ?? new Map();
    const providers = [...modules.values()].flatMap((module) =>
      [...module.providers.values()].map(({ instance }: { instance: unknown }) => instance),
    );
    expect(providers.length).toBeGreaterThan(5);
    expect(
      traces(everyView([rerank, rerank.forKey(CANARY), context?.get(getCohereToken())])),
    ).toEqual([]);
    for (const provider of providers.filter(
      (instance) => !(instance instanceof ModulesContainer),
    )) {
      expect(traces(inspectSafely(provider))).toEqual([]);
    }
    expect(traces(logs())).toEqual([]);
  });
});

/** Nest's own providers hold the whole container, which says the same again many times over. */
function inspectSafely(provider: unknown): string {
  const name = Object.getPrototypeOf(provider ?? {})?.constructor?.name;
  return provider instanceof ModuleRef ||
    [
      'ExternalContextCreator',
      'Reflector',
      'ModulesContainer',
      'LazyModuleLoader',
      'SerializedGraph',
    ].includes(String(name))
    ? ''
    : everyView(provider);
}
