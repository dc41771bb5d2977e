import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { CohereClientV2, CohereError, CohereTimeoutError } from 'cohere-ai';
import { CohereClientV2 as OlderClient } from 'cohere-ai-8-0-1';
import type { Dispatcher } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CohereTransport } from '../../../../lib/transport/cohere-transport.js';
import {
  failureOf,
  HangingKeySource,
  FakeKeySource,
  settingsFor,
  keyOver,
} from '../../../support/rerank-over.js';
import { KEY } from '../../../support/keys.js';
import {
  hang,
  hangInBody,
  html,
  json,
  ranking,
  StubCohere,
  unauthorized,
  type Answer,
} from '../../../support/stub-cohere.js';
import { replyAndEnd, TcpStub } from '../../../support/tcp-stub.js';
import { DiagnosedError } from '../../../../lib/diagnosis/errors.js';
import { diagnose } from '../../../../lib/diagnosis/diagnose.js';
import { RERANK as RERANK_OPERATION, rerankAt } from '../../../../lib/rerank/rerank-operation.js';
import { createCohereClient } from '../../../../lib/transport/client/cohere-client.factory.js';

const NEW = 'new-key-0123456789abcdefghijABCDEFGHIJ01';
const RERANK = { model: 'rerank-v5.0-fast', query: 'q', documents: ['a', 'b'] };
const CHAT = { model: 'command-a-03-2025', messages: [{ role: 'user', content: 'Hi' } as const] };

async function clientOver(
  url: string,
  overrides: Parameters<typeof settingsFor>[1] = {},
  source = new FakeKeySource(),
  now?: () => number,
): Promise<CohereClientV2> {
  const settings = settingsFor(url, overrides);
  const transport = new CohereTransport(settings);
  onTestFinished(() => transport.close());
  // A short deadline is not for loading the pool.
  await transport.load();
  return createCohereClient(
    transport,
    keyOver(transport, settings, { source, now }).keys,
    settings,
    new Map([[RERANK_OPERATION.path, rerankAt(settings).path]]),
  );
}

const EVENTS = [
  { type: 'message-start', id: '1', delta: { message: { role: 'assistant' } } },
  { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Good ' } } } },
  { type: 'content-delta', index: 0, delta: { message: { content: { text: 'day' } } } },
  { type: 'message-end', id: '1', delta: { finish_reason: 'COMPLETE' } },
];

/** Sends so many of the events, one every few milliseconds, and ends the answer unless some are left. */
function chat(everyMs: number, count = EVENTS.length): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    const send = async () => {
      for (const event of EVENTS.slice(0, count)) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await pause(everyMs);
        response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      }
      if (count === EVENTS.length) {
        response.end('data: [DONE]\n\n');
      }
    };
    void send();
  };
}

async function typesOf(stream: AsyncIterable<{ type?: string }>): Promise<(string | undefined)[]> {
  const types = [];
  for await (const { type } of stream) {
    types.push(type);
  }
  return types;
}

describe('the injected client', () => {
  it('sends what the SDK sends, with the key and the headers of the module', async () => {
    const stub = await StubCohere.start(ranking());
    const cohere = await clientOver(stub.url, { clientName: 'shop', headers: { 'x-team': 'a' } });
    const { results } = await cohere.rerank(RERANK);
    expect(results.map(({ index, relevanceScore }) => [index, relevanceScore])).toEqual([
      [0, 1],
      [1, 0.5],
    ]);
    expect(stub.paths).toEqual(['/v2/rerank']);
    expect(stub.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      'x-client-name': 'shop',
      'x-team': 'a',
      'x-fern-language': 'JavaScript',
    });
  });

  it('never uses CO_API_KEY', async () => {
    vi.stubEnv('CO_API_KEY', NEW);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const stub = await StubCohere.start(ranking());
    const cohere = await clientOver(stub.url);
    await cohere.rerank(RERANK);
    expect(JSON.stringify(stub.requests)).not.toContain(NEW);
  });

  it('retries transient failures', async () => {
    const stub = await StubCohere.start(json(503, {}), ranking());
    const cohere = await clientOver(stub.url);
    await cohere.rerank(RERANK);
    expect(stub.requests).toHaveLength(2);
  });

  it('tries once more with the new key after a rotation', async () => {
    const stub = await StubCohere.start(unauthorized, ranking());
    const cohere = await clientOver(stub.url, { maxRetries: 0 }, new FakeKeySource(NEW));
    await cohere.rerank(RERANK);
    expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${KEY}`,
      `Bearer ${NEW}`,
    ]);
  });
});

describe('a key in a header of another name', () => {
  it('is sent bare in that header alone, by every way of the client', async () => {
    const stub = await StubCohere.start(ranking());
    const cohere = await clientOver(stub.url, { apiKeyHeader: 'api-key' });
    await cohere.rerank(RERANK);
    await cohere.fetch('/v2/rerank', { method: 'POST', body: JSON.stringify(RERANK) });
    for (const { headers } of stub.requests) {
      expect(headers).toMatchObject({ 'api-key': KEY });
      expect(headers).not.toHaveProperty('authorization');
    }
    expect(stub.requests).toHaveLength(2);
  });
});

describe('the path of rerank that the base URL names', () => {
  it('is used by every way of the client, and by no other request', async () => {
    const stub = await StubCohere.start(ranking());
    const cohere = await clientOver(`${stub.url}/gateway`, { rerankPath: '/v1/rerank' });
    await cohere.rerank(RERANK);
    await cohere.fetch('/v2/rerank', { method: 'POST', body: JSON.stringify(RERANK) });
    stub.script(json(200, { id: '1', message: { role: 'assistant' } }));
    await cohere.chat(CHAT);
    expect(stub.paths).toEqual(['/gateway/v1/rerank', '/gateway/v1/rerank', '/gateway/v2/chat']);
  });
});

describe('a failure of the injected client stays an error of the SDK', () => {
  it.each([
    [401, unauthorized, 2],
    [400, json(400, { message: 'invalid request' }), 1],
    [403, html(403), 1],
    [429, json(429, { message: 'limited to 1000 API calls / month' }), 1],
    [503, json(503, { message: 'unavailable' }), 3],
  ] satisfies [number, Answer, number][])('%i', async (statusCode, answer, attempts) => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const stub = await StubCohere.start(answer);
    stub.keyCheck = json(404, {});
    const cohere = await clientOver(stub.url);
    const error = await failureOf(cohere.rerank(RERANK));
    expect(error).toBeInstanceOf(CohereError);
    expect(error).not.toBeInstanceOf(DiagnosedError);
    expect(error).toMatchObject({ statusCode });
    expect(stub.requests).toHaveLength(attempts);
  });

  it('when the deadline passes', async () => {
    const stub = await StubCohere.start(hang);
    const cohere = await clientOver(stub.url, { timeoutMs: 150 });
    expect(await failureOf(cohere.rerank(RERANK))).toBeInstanceOf(CohereTimeoutError);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('when the deadline passes in the middle of the body', async () => {
    const stub = await StubCohere.start(hangInBody);
    const cohere = await clientOver(stub.url, { timeoutMs: 150 });
    expect(await failureOf(cohere.rerank(RERANK))).toBeInstanceOf(CohereTimeoutError);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('when the deadline passes while the key is being read', async () => {
    const stub = await StubCohere.start(ranking());
    const clock = { now: 0 };
    const source = new HangingKeySource();
    const cohere = await clientOver(stub.url, { timeoutMs: 150 }, source, () => clock.now);
    clock.now += 5_000;
    expect(await failureOf(cohere.rerank(RERANK))).toBeInstanceOf(CohereTimeoutError);
    expect(stub.requests).toHaveLength(0);
  });

  it('when the caller aborts', async () => {
    const stub = await StubCohere.start(hang);
    const cohere = await clientOver(stub.url);
    const controller = new AbortController();
    const failing = failureOf(cohere.rerank(RERANK, { abortSignal: controller.signal }));
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    controller.abort();
    expect(await failing).toBeInstanceOf(CohereError);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });
});

describe('the options of one request', () => {
  it.each([
    [0, 1],
    [3, 4],
  ])('maxRetries: %i overrides the setting', async (maxRetries, requests) => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const stub = await StubCohere.start(json(503, {}));
    const cohere = await clientOver(stub.url, { maxRetries: 1 });
    expect(await failureOf(cohere.rerank(RERANK, { maxRetries }))).toMatchObject({
      statusCode: 503,
    });
    expect(stub.requests).toHaveLength(requests);
  });

  it('timeoutInSeconds may be longer than the deadline of the module', async () => {
    const stub = await StubCohere.start((request, response) => {
      setTimeout(() => ranking()(request, response), 200);
    });
    const cohere = await clientOver(stub.url, { timeoutMs: 50 });
    const { results } = await cohere.rerank(RERANK, { timeoutInSeconds: 30 });
    expect(results).toHaveLength(2);
  });

  it('timeoutInSeconds may be shorter, and ends a body, too', async () => {
    const stub = await StubCohere.start(hangInBody);
    const cohere = await clientOver(stub.url, { timeoutMs: 30_000 });
    const failing = failureOf(cohere.rerank(RERANK, { timeoutInSeconds: 0.1 }));
    expect(await failing).toBeInstanceOf(CohereTimeoutError);
  });

  it('a Retry-After that does not fit timeoutInSeconds is not waited for', async () => {
    const stub = await StubCohere.start(json(429, {}, { 'retry-after': '4' }));
    const cohere = await clientOver(stub.url, { timeoutMs: 30_000 });
    const error = await failureOf(cohere.rerank(RERANK, { timeoutInSeconds: 2 }));
    expect(error).toMatchObject({ statusCode: 429 });
    expect(stub.requests).toHaveLength(1);
  });

  it('abortSignal is left without a listener', async () => {
    const stub = await StubCohere.start(ranking());
    const cohere = await clientOver(stub.url);
    const { signal } = new AbortController();
    await cohere.rerank(RERANK, { abortSignal: signal });
    await cohere.rerank(RERANK, { abortSignal: signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

// The reason for `fetcher`. A version of the SDK that fails here no longer needs it.
describe.each([
  ['8.0.1', OlderClient],
  ['the newest', CohereClientV2],
])('the option fetch of cohere-ai %s', (_, Client) => {
  const sent: object[] = [];
  const client = new Client({
    baseUrl: 'http://127.0.0.1:9',
    token: () => '',
    fetch: (url, init) => {
      sent.push({ ...init, url, signal: undefined });
      return Promise.resolve(Response.json({ id: '1', results: [] }));
    },
  });

  it('does not receive maxRetries and timeoutInSeconds of a request', async () => {
    await client.rerank(RERANK, { maxRetries: 0, timeoutInSeconds: 60 });
    await client.rerank(RERANK, { maxRetries: 5, timeoutInSeconds: 1 });
    expect(sent[0]).toEqual(sent[1]);
    expect(Object.keys(sent[0] ?? {})).not.toContain('maxRetries');
  });

  it('leaves a listener on the signal of the caller after each call', async () => {
    const { signal } = new AbortController();
    await client.rerank(RERANK, { abortSignal: signal });
    await client.rerank(RERANK, { abortSignal: signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
  });
});

describe('fetch of the injected client', () => {
  it('does not send a key whose refusal is confirmed', async () => {
    const stub = await StubCohere.start(unauthorized);
    stub.keyCheck = unauthorized;
    const cohere = await clientOver(stub.url);
    expect((await cohere.fetch('/v1/models')).status).toBe(401);
    const requests = stub.requests.length;
    const response = await cohere.fetch('/v1/models');
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ message: 'invalid api token' });
    expect(stub.requests).toHaveLength(requests);
  });

  it('tries once more with the new key after a rotation', async () => {
    const stub = await StubCohere.start(unauthorized, json(200, { models: [] }));
    const cohere = await clientOver(stub.url, {}, new FakeKeySource(NEW));
    expect((await cohere.fetch('/v1/models')).status).toBe(200);
    expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${KEY}`,
      `Bearer ${NEW}`,
    ]);
  });

  it('redacts the key in the answer to a failure', async () => {
    const stub = await StubCohere.start(json(400, { message: `bad ${KEY}` }, { 'x-key': KEY }));
    const cohere = await clientOver(stub.url);
    const response = await cohere.fetch('/v1/models');
    expect(response.status).toBe(400);
    expect((await response.text()) + JSON.stringify([...response.headers])).not.toContain(KEY);
  });

  it('sends the headers of the module to its own address alone', async () => {
    const stub = await StubCohere.start(json(200, {}));
    const elsewhere = await StubCohere.start(json(200, {}));
    const cohere = await clientOver(stub.url, { headers: { 'x-team': 'a' } });
    await cohere.fetch('/v1/models', { headers: { accept: 'text/csv' } });
    await cohere.fetch(`${elsewhere.url}/v1/models`);
    expect(stub.requests[0]?.headers).toMatchObject({ 'x-team': 'a', accept: 'text/csv' });
    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('x-team');
  });

  it('sends the key to the address of the module', async () => {
    const stub = await StubCohere.start(json(200, { models: [] }));
    const cohere = await clientOver(stub.url);
    const response = await cohere.fetch('/v1/models');
    expect(await response.json()).toEqual({ models: [] });
    expect(stub.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('sends it nowhere else', async () => {
    const stub = await StubCohere.start();
    const elsewhere = await StubCohere.start(json(200, {}));
    const cohere = await clientOver(stub.url);
    await cohere.fetch(`${elsewhere.url}/v1/models`, { method: 'POST', body: '{}' });
    expect(elsewhere.requests[0]?.body).toBe('{}');
    expect(JSON.stringify(elsewhere.requests)).not.toContain(KEY);
  });

  it.each([204, 304])('gives an answer that has no body (%i)', async (status) => {
    const stub = await StubCohere.start((_, response) => void response.writeHead(status).end());
    const cohere = await clientOver(stub.url);
    const response = await cohere.fetch('/v1/datasets/1', { method: 'DELETE' });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe('');
  });
});

describe('an upload', () => {
  it('is sent once, because its body can be read only once', async () => {
    const stub = await StubCohere.start(json(503, { message: 'unavailable' }));
    const cohere = await clientOver(stub.url);
    const data = new File(['{"text":"a"}'], 'texts.jsonl');
    const request = { name: 'texts', type: 'embed-input' } as const;
    const failing = cohere.datasets.create(data, undefined, request);
    expect(await failureOf(failing)).toMatchObject({ statusCode: 503 });
    expect(stub.requests).toHaveLength(1);
    expect(stub.requests[0]).toMatchObject({
      path: '/v1/datasets?name=texts&type=embed-input',
      body: expect.stringContaining('{"text":"a"}'),
    });
  });
});

describe('a streamed chat', () => {
  it('yields its events', async () => {
    const stub = await StubCohere.start(chat(0));
    const cohere = await clientOver(stub.url);
    const types = await typesOf(await cohere.chatStream(CHAT));
    expect(types).toEqual(EVENTS.map(({ type }) => type));
    expect(stub.requests[0]?.headers.accept).toBe('text/event-stream');
  });

  it('may take longer than the deadline, which ends with its headers', async () => {
    const stub = await StubCohere.start(chat(100));
    const cohere = await clientOver(stub.url, { timeoutMs: 200 });
    const types = await typesOf(await cohere.chatStream(CHAT));
    expect(types).toHaveLength(EVENTS.length);
  });

  it('that does not start is diagnosed with the host and the operation that were called', async () => {
    const stub = await StubCohere.start(hang);
    const cohere = await clientOver(stub.url, { timeoutMs: 150 });
    const { host } = new URL(stub.url);
    const diagnosis = diagnose(await failureOf(cohere.chatStream(CHAT)));
    expect(diagnosis).toMatchObject({
      code: 'COHERE_TIMEOUT',
      detail: `http://${host}/v2/chat: after 150 ms the request was sent, but no response had begun.`,
    });
    expect(diagnosis?.fix[0]).toBe(`Check that ${host} is up and reachable from here.`);
  });

  it('must start within the deadline', async () => {
    const stub = await StubCohere.start(hang);
    const cohere = await clientOver(stub.url, { timeoutMs: 150 });
    expect(await failureOf(cohere.chatStream(CHAT))).toBeInstanceOf(CohereTimeoutError);
  });

  it('can be aborted in the middle, with the reason as cause, which frees its connection', async () => {
    const stub = await StubCohere.start(chat(0, 2));
    const cohere = await clientOver(stub.url);
    const controller = new AbortController();
    const reason = new Error('the user went away');
    const stream = await cohere.chatStream(CHAT, { abortSignal: controller.signal });
    const seen: unknown[] = [];
    const reading = failureOf(
      (async () => {
        for await (const { type } of stream) {
          seen.push(type);
          if (seen.length === 2) {
            controller.abort(reason);
          }
        }
      })(),
    );
    expect(await reading).toMatchObject({ message: 'aborted', cause: reason });
    expect(seen).toEqual(['message-start', 'content-delta']);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('that is not read to its end frees its connection', async () => {
    const stub = await StubCohere.start(chat(0, 2));
    const cohere = await clientOver(stub.url);
    for await (const { type } of await cohere.chatStream(CHAT)) {
      expect(type).toBe('message-start');
      break;
    }
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('that is given up while it connects keeps no socket, nor does a rerank after it', async () => {
    const silent = await TcpStub.start();
    const settings = settingsFor(`https://127.0.0.1:${silent.port}`, { maxRetries: 0 });
    const transport = new CohereTransport(settings);
    onTestFinished(() => transport.close());
    await transport.load();
    const { keys } = keyOver(transport, settings);
    const cohere = await createCohereClient(transport, keys, settings);
    for (const call of [
      (signal: AbortSignal) => cohere.chatStream(CHAT, { abortSignal: signal }),
      (signal: AbortSignal) => cohere.fetch('/v1/models', { signal }),
      (signal: AbortSignal) => cohere.rerank(RERANK, { abortSignal: signal }),
    ]) {
      const controller = new AbortController();
      const calling = failureOf(call(controller.signal));
      await vi.waitFor(() => expect(silent.sockets.size).toBe(1));
      controller.abort();
      expect(await calling).toBeInstanceOf(Error);
      await vi.waitFor(() => expect(transport.openSockets).toBe(0));
      await vi.waitFor(() => expect(silent.sockets.size).toBe(0));
    }
  });

  it('holds back a server that sends faster than it is read', async () => {
    let sent = 0;
    const event = `event: content-delta\ndata: ${JSON.stringify({
      type: 'content-delta',
      index: 0,
      delta: { message: { content: { text: 'x'.repeat(60_000) } } },
    })}\n\n`;
    const stub = await StubCohere.start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = () => {
        while (!response.destroyed && sent < 500_000_000) {
          sent += event.length;
          if (!response.write(event)) {
            response.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    const cohere = await clientOver(stub.url);
    const types: unknown[] = [];
    for await (const { type } of await cohere.chatStream(CHAT)) {
      types.push(type);
      await pause(20);
      if (types.length === 5) {
        break;
      }
    }
    expect(types).toHaveLength(5);
    expect(sent).toBeLessThan(100_000_000);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('that is cut ends with an error, for the SDK and for fetch', async () => {
    const stub = await StubCohere.start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': 1_000 });
      response.write('event: message-start\ndata: {"type":"message-start","id":"1"}\n\n', () =>
        setTimeout(() => response.socket?.destroy(), 20),
      );
    });
    const cohere = await clientOver(stub.url);
    expect(await failureOf(typesOf(await cohere.chatStream(CHAT)))).toBeInstanceOf(Error);
    const response = await cohere.fetch('/v1/models');
    expect(await failureOf(response.text())).toBeInstanceOf(Error);
  });

  it('that is broken right behind its headers is a failure, not an empty answer', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked';
    const broken = await TcpStub.start(replyAndEnd(`${head}\r\n\r\nnot a length\r\n`));
    const cohere = await clientOver(`http://127.0.0.1:${broken.port}`, { maxRetries: 0 });
    expect(await failureOf(cohere.chatStream(CHAT).then(typesOf))).toBeInstanceOf(Error);
    const reading = cohere.fetch('/v1/models').then((response) => response.text());
    expect(await failureOf(reading)).toBeInstanceOf(Error);
  });

  it('that has failed by the time it is handed over is a failure, too', async () => {
    const body = new Readable({ read: () => undefined });
    const failed = new Promise((resolve) => body.once('error', resolve));
    body.destroy(new Error('cut'));
    await failed;
    const dispatcher: unknown = {
      request: async () => Promise.resolve({ statusCode: 200, headers: {}, body }),
    };
    const cohere = await clientOver('http://127.0.0.1:1', {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one method that is called
      dispatcher: dispatcher as Dispatcher,
      maxRetries: 0,
    });
    expect(await failureOf(cohere.chatStream(CHAT).then(typesOf))).toBeInstanceOf(Error);
  });

  it('that fails before it begins is an error of the SDK', async () => {
    const stub = await StubCohere.start(unauthorized);
    const cohere = await clientOver(stub.url);
    expect(await failureOf(cohere.chatStream(CHAT))).toMatchObject({ statusCode: 401 });
  });
});
