import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CohereClientV2 } from 'cohere-ai';
import { expect, it, type TestContext, vi } from 'vitest';
import { CohereModule, getCohereToken, RerankService } from '../../lib/index.js';
import { failureOf } from '../support/rerank-over.js';
import { KEY } from '../support/keys.js';
import { type Answer, hang, json, ranking, StubCohere } from '../support/stub-cohere.js';

const REQUEST = { query: 'q', documents: ['a'] };
const CHAT = { model: 'command', messages: [{ role: 'user' as const, content: 'hi' }] };
const SHUTTING_DOWN = {
  code: 'COHERE_UNREACHABLE',
  message: expect.stringContaining('shutting down'),
  diagnosis: { retryable: true, httpStatus: 503 },
};

/** A stream that begins, and goes on without end. */
const endlessChat: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('event: message-start\ndata: {"type":"message-start","id":"1"}\n\n');
};

type OnTestFinished = TestContext['onTestFinished'];

/** As `StubCohere.start`, which does not know the end of a concurrent test. */
async function startStub(onTestFinished: OnTestFinished, ...script: readonly Answer[]) {
  const stub = await StubCohere.open(...script);
  onTestFinished(() => stub.stop());
  return stub;
}

async function startContext(
  onTestFinished: OnTestFinished,
  baseUrl: string,
  options: { concurrency?: number } = {},
) {
  class AppModule {}
  Module({
    imports: [
      CohereModule.forRoot({
        apiKey: KEY,
        baseUrl,
        startupCheck: 'off',
        timeoutMs: 120_000,
        client: true,
        ...options,
      }),
    ],
  })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  onTestFinished(() => app.close());
  return {
    app,
    service: app.get(RerankService, { strict: false }),
    client: app.get<CohereClientV2>(getCohereToken(), { strict: false }),
  };
}

it.concurrent(
  'shutdown ends calls in flight, in the queue and between attempts, with its reason',
  async ({ onTestFinished }) => {
    const stub = await startStub(
      onTestFinished,
      json(503, {}, { 'retry-after': '60' }),
      hang,
      json(500, { message: 'too late' }),
    );
    const { app, service } = await startContext(onTestFinished, stub.url, { concurrency: 1 });
    const calls = [failureOf(service.rerank(REQUEST))];
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    calls.push(failureOf(service.rerank(REQUEST)), failureOf(service.rerank(REQUEST)));
    await vi.waitFor(() => expect(stub.requests).toHaveLength(2));
    await app.close();
    expect(await Promise.all(calls)).toEqual(calls.map(() => expect.objectContaining({})));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject(SHUTTING_DOWN);
    }
    expect(await failureOf(service.rerank(REQUEST))).toMatchObject(SHUTTING_DOWN);
    expect(await failureOf(service.rerank(REQUEST))).toMatchObject(SHUTTING_DOWN);
    expect(stub.requests).toHaveLength(2);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  },
);

it.concurrent(
  'work outside of HTTP requests may use Cohere until it ends, and then the app exits',
  async ({ onTestFinished }) => {
    const stub = await startStub(onTestFinished, (request, response) => {
      setTimeout(() => ranking()(request, response), 300);
    });
    const { app, service } = await startContext(onTestFinished, stub.url);
    const job = service.rerank(REQUEST);
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    const ended: string[] = [];
    await Promise.all([
      job.then(() => ended.push('job')),
      app.close().then(() => ended.push('app')),
    ]);
    expect(ended).toEqual(['job', 'app']);
    expect(await failureOf(service.rerank(REQUEST))).toMatchObject(SHUTTING_DOWN);
  },
);

it.concurrent(
  'shutdown ends an open chat stream, and later calls of the client',
  async ({ onTestFinished }) => {
    const stub = await startStub(onTestFinished, endlessChat);
    const { app, client } = await startContext(onTestFinished, stub.url);
    const stream = await client.chatStream(CHAT);
    const reading = failureOf(
      (async () => {
        for await (const event of stream) {
          expect(event.type).toBe('message-start');
        }
      })(),
    );
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    await app.close();
    expect(await reading).toBeDefined();
    expect(await failureOf(client.chat(CHAT))).toMatchObject({
      message: expect.stringContaining('shutting down'),
    });
    expect(stub.requests).toHaveLength(1);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  },
);

it.concurrent(
  'a request in progress delays the shutdown for the grace period only',
  async ({ onTestFinished }) => {
    const stub = await startStub(onTestFinished, hang);
    class SearchController {
      constructor(private readonly rerank: RerankService) {}

      async search() {
        return this.rerank.rerank(REQUEST);
      }
    }
    Inject(RerankService)(SearchController, undefined, 0);
    Get()(
      SearchController.prototype,
      'search',
      Object.getOwnPropertyDescriptor(SearchController.prototype, 'search') ?? {},
    );
    Controller('search')(SearchController);
    class AppModule {}
    Module({
      imports: [
        CohereModule.forRoot({
          apiKey: KEY,
          baseUrl: stub.url,
          startupCheck: 'off',
          timeoutMs: 120_000,
        }),
      ],
      controllers: [SearchController],
    })(AppModule);
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    // A connection that the client keeps open would hold the server, which is not about Cohere.
    const response = fetch(`${await app.getUrl()}/search`, { headers: { connection: 'close' } });
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
    }, 8_000);
    await app.close();
    clearTimeout(late);
    expect(isLate).toBe(false);
    const { status } = await response;
    expect(status).toBe(503);
  },
);
