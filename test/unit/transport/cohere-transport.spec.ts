import { Agent } from 'undici';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CohereTransport } from '../../../lib/transport/cohere-transport.js';
import { failureOf, settingsFor } from '../../support/rerank-over.js';
import { hang, json, StubCohere, text } from '../../support/stub-cohere.js';
import { TunnelProxy } from '../../support/tunnel-proxy.js';
import { ConfigurationError } from '../../../lib/diagnosis/errors.js';
import { VERSION } from '../../../lib/diagnosis/library.js';
import { Secret } from '../../../lib/config/api-key/secret.js';
import { UnusableResponse } from '../../../lib/transport/attempt-failure.js';

type Settings = Parameters<typeof settingsFor>[1];

function transportTo(url: string, overrides: Settings = {}): CohereTransport {
  const transport = new CohereTransport(settingsFor(url, overrides));
  onTestFinished(() => transport.close());
  return transport;
}

function get(
  transport: CohereTransport,
  path = '/v1/models',
  {
    signal = new AbortController().signal,
    maxBytes,
  }: { signal?: AbortSignal; maxBytes?: number } = {},
) {
  return transport.send({ method: 'GET', path, key: new Secret('k'), signal, maxBytes });
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a request', () => {
  it('carries the key, what it accepts, who sends it, and the headers of the options', async () => {
    const stub = await StubCohere.start(json(200, {}));
    const transport = transportTo(stub.url, {
      clientName: 'shop',
      headers: { 'X-Team': 'search', 'User-Agent': 'shop/1' },
    });
    await get(transport);
    await transportTo(stub.url).send({
      method: 'POST',
      path: '/v2/rerank',
      key: undefined,
      body: '{}',
      signal: new AbortController().signal,
    });
    const [first, second] = stub.requests;
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer k',
      accept: 'application/json',
      'x-client-name': 'shop',
      'x-team': 'search',
      'user-agent': 'shop/1',
    });
    expect(second?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': `nestjs-cohere/${VERSION} node/${process.versions.node}`,
    });
    expect(second?.headers).not.toHaveProperty('authorization');
    expect(second?.headers).not.toHaveProperty('x-client-name');
  });

  it('carries the key bare in a header of another name', async () => {
    const stub = await StubCohere.start(json(200, {}));
    await get(transportTo(stub.url, { apiKeyHeader: 'Api-Key' }));
    expect(stub.requests[0]?.headers).toMatchObject({ 'api-key': 'k' });
    expect(stub.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('keeps the path of the base URL', async () => {
    const stub = await StubCohere.start(json(200, {}));
    await get(transportTo(`${stub.url}/gateway/cohere`), '/v2/rerank');
    expect(stub.paths).toEqual(['/gateway/cohere/v2/rerank']);
  });

  it('reuses the connection of the previous one', async () => {
    const stub = await StubCohere.start(json(200, {}));
    const transport = transportTo(stub.url);
    await get(transport);
    await get(transport);
    expect(stub.connectionCount).toBe(1);
  });

  it('that aborts frees its connection at once', async () => {
    const stub = await StubCohere.start(hang);
    const controller = new AbortController();
    const failing = failureOf(get(transportTo(stub.url), '/', { signal: controller.signal }));
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    controller.abort();
    expect(await failing).toMatchObject({ phase: 'answer' });
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('that has aborted is not sent', async () => {
    const stub = await StubCohere.start(json(200, {}));
    await failureOf(get(transportTo(stub.url), '/', { signal: AbortSignal.abort() }));
    expect(stub.requests).toHaveLength(0);
  });
});

describe('an answer', () => {
  it.each(['grüße 🙂', '\u{20000}'.repeat(40_000)])(
    'is read as UTF-8, whatever the chunks',
    async (body) => {
      const stub = await StubCohere.start((_, response) => {
        response.writeHead(200);
        const bytes = Buffer.from(body);
        for (let at = 0; at < bytes.length; at += 1_021) {
          response.write(bytes.subarray(at, at + 1_021));
        }
        response.end();
      });
      const answer = await get(transportTo(stub.url), '/', { maxBytes: 1_000_000 });
      expect(answer).toMatchObject({ status: 200, body });
    },
  );

  it('of an error is read up to 64 KiB, and its connection closed', async () => {
    const stub = await StubCohere.start((_, response) => {
      response.writeHead(500);
      const timer = setInterval(() => response.write('x'.repeat(40_000)), 1);
      response.on('close', () => clearInterval(timer));
    });
    const { status, body } = await get(transportTo(stub.url));
    expect(status).toBe(500);
    expect(body).toHaveLength(64 * 1024);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('above its size limit is refused, and its connection closed', async () => {
    const stub = await StubCohere.start((_, response) => {
      response.writeHead(200);
      const megabytes = Buffer.alloc(1024 * 1024, ' ');
      const more = () => {
        if (!response.destroyed) {
          response.write(megabytes, more);
        }
      };
      more();
    });
    const error = await failureOf(get(transportTo(stub.url)));
    expect(error).toBeInstanceOf(UnusableResponse);
    expect(error).toMatchObject({
      message: 'the body is larger than an answer to this request can be',
    });
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });
});

describe('closing', () => {
  it('ends requests in flight, closes the connections, and is idempotent', async () => {
    const stub = await StubCohere.start(hang);
    const transport = transportTo(stub.url);
    const running = failureOf(get(transport));
    await vi.waitFor(() => expect(stub.requests).toHaveLength(1));
    await Promise.all([transport.close(), transport.close()]);
    expect(await running).toMatchObject({ code: expect.stringMatching(/^UND_ERR_/) });
    expect(transport.openSockets).toBe(0);
    await vi.waitFor(() => expect(stub.connections.size).toBe(0));
  });

  it('before the first request does nothing', async () => {
    const transport = new CohereTransport(settingsFor('http://127.0.0.1:9'));
    await expect(transport.close()).resolves.toBeUndefined();
  });

  it('ends the use of the transport', async () => {
    const stub = await StubCohere.start(json(200, {}));
    const used = transportTo(stub.url);
    await get(used);
    await used.close();
    expect(await failureOf(get(used))).toMatchObject({ code: expect.stringMatching(/^UND_ERR_/) });
    const unused = transportTo(stub.url);
    await unused.close();
    expect(await failureOf(get(unused))).toMatchObject({ code: 'UND_ERR_CLOSED' });
    expect(stub.requests).toHaveLength(1);
  });

  it('leaves a dispatcher of the app open', async () => {
    const stub = await StubCohere.start(json(200, {}));
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const transport = transportTo(stub.url, { dispatcher });
    await get(transport);
    expect(dispatcher.closed).toBe(false);
    await transport.close();
    expect(await get(transport)).toMatchObject({ status: 200 });
  });
});

describe('a proxy of the environment', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('%s is used', async (variable) => {
    const stub = await StubCohere.start(json(200, {}));
    const proxy = await startProxy();
    vi.stubEnv(variable, proxy.url);
    expect(await get(transportTo(stub.url))).toMatchObject({ status: 200 });
    expect(proxy.targets).toEqual([new URL(stub.url).host]);
  });

  it('may be written without a scheme, as for curl', async () => {
    const stub = await StubCohere.start(json(200, {}));
    const proxy = await startProxy();
    vi.stubEnv('HTTP_PROXY', new URL(proxy.url).host);
    await get(transportTo(stub.url));
    expect(proxy.targets).toHaveLength(1);
  });

  it('is bypassed for hosts in NO_PROXY', async () => {
    const stub = await StubCohere.start(json(200, {}));
    const proxy = await startProxy();
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', 'example.com,127.0.0.1');
    await get(transportTo(stub.url));
    expect(proxy.targets).toEqual([]);
  });

  it('that is empty is not used', async () => {
    const stub = await StubCohere.start(json(200, {}));
    vi.stubEnv('HTTP_PROXY', '');
    vi.stubEnv('HTTPS_PROXY', ' ');
    expect(await get(transportTo(stub.url))).toMatchObject({ status: 200 });
  });

  it.each(['http://:', 'ftp://proxy.example', 'http://user:hunter2@:x'])(
    '%s is refused as an address, and the error does not quote it',
    async (value) => {
      vi.stubEnv('HTTP_PROXY', value);
      const error = await failureOf(makeTransport());
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(JSON.stringify(error)).toContain('HTTP_PROXY');
      expect(JSON.stringify(error)).not.toContain(value);
      expect(JSON.stringify(error)).not.toContain('hunter2');
    },
  );

  it('is not used with a dispatcher of the app', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://');
    const stub = await StubCohere.start(json(200, {}));
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    expect(await get(transportTo(stub.url, { dispatcher }))).toMatchObject({ status: 200 });
  });
});

it('a redirect is an answer like any other', async () => {
  const stub = await StubCohere.start(text(307, '', { location: '/elsewhere' }));
  expect(await get(transportTo(stub.url))).toMatchObject({ status: 307 });
  expect(stub.requests).toHaveLength(1);
});

/** Async, so that what the constructor throws is a rejection. */
async function makeTransport(): Promise<CohereTransport> {
  return new CohereTransport(settingsFor('http://127.0.0.1:9'));
}

async function startProxy(): Promise<TunnelProxy> {
  const proxy = await TunnelProxy.open();
  onTestFinished(() => proxy.stop());
  return proxy;
}
