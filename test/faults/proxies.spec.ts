import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TimeoutError, UnavailableError } from '../../lib/diagnosis/errors.js';
import { failureOf, rerankOver, type RerankRig } from '../support/rerank-over.js';
import { ranking, StubCohere } from '../support/stub-cohere.js';
import { replyAndEnd, TcpStub } from '../support/tcp-stub.js';

const REQUEST = { query: 'q', documents: ['a', 'b'] };

/** A service whose every connection goes through the proxy. */
function through(proxy: TcpStub, scheme: string, baseUrl = 'https://api.cohere.test'): RerankRig {
  for (const variable of ['HTTPS_PROXY', 'HTTP_PROXY']) {
    vi.stubEnv(variable, `${scheme}://127.0.0.1:${proxy.port}`);
  }
  vi.stubEnv('NO_PROXY', '');
  vi.stubEnv('no_proxy', '');
  vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  return rerankOver(baseUrl);
}

describe('a proxy that hangs up', () => {
  it.each([
    ['on CONNECT', 'http', ''],
    ['in the middle of its status line', 'http', 'HTTP/1.1 20'],
    ['with something that is not HTTP', 'http', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['on the greeting of SOCKS', 'socks5', ''],
    ['in the middle of the greeting of SOCKS', 'socks5', '\x05'],
    ['after the greeting of SOCKS', 'socks5', '\x05\x00'],
  ])(
    '%s costs one connection per attempt, and nothing after the call',
    async (_, scheme, bytes) => {
      const proxy = await TcpStub.start(replyAndEnd(bytes));
      const { service, transport } = through(proxy, scheme);
      const error = await failureOf(service.rerank(REQUEST));
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error).toMatchObject({ code: 'COHERE_UNREACHABLE', diagnosis: { retryable: true } });
      expect(proxy.connectionCount).toBe(3);
      await vi.waitFor(() => expect(transport.openSockets).toBe(0));
      expect(proxy.connectionCount).toBe(3);
    },
  );

  it('costs the check at boot no more than its attempts', async () => {
    const proxy = await TcpStub.start(replyAndEnd(''));
    const { service } = through(proxy, 'http');
    const { verdict, diagnosis } = await service.checkKey();
    expect([verdict, diagnosis?.code]).toEqual(['undetermined', 'COHERE_UNREACHABLE']);
    expect(proxy.connectionCount).toBe(3);
  });
});

describe('a proxy that never answers', () => {
  it.each(['http', 'socks5'])('keeps no socket of a call that has ended: %s', async (scheme) => {
    const proxy = await TcpStub.start();
    const { service, transport } = through(proxy, scheme);
    await transport.load();
    const calls = Array.from({ length: 40 }, () =>
      failureOf(service.rerank(REQUEST, { timeoutMs: 60 })),
    );
    const errors = await Promise.all(calls);
    expect(errors.every((error) => error instanceof TimeoutError)).toBe(true);
    await vi.waitFor(() => expect(transport.openSockets).toBe(0));
    await vi.waitFor(() => expect(proxy.sockets.size).toBe(0));
  });

  it('keeps no socket of a call that was aborted', async () => {
    const proxy = await TcpStub.start();
    const { service, transport } = through(proxy, 'http');
    const controller = new AbortController();
    const call = failureOf(service.rerank(REQUEST, { signal: controller.signal }));
    await vi.waitFor(() => expect(proxy.sockets.size).toBe(1));
    controller.abort('gone');
    expect(await call).toBe('gone');
    await vi.waitFor(() => expect(transport.openSockets).toBe(0));
  });
});

describe('a proxy that lets through', () => {
  it('is used with its user and password', async () => {
    const cohere = await StubCohere.start(ranking());
    const proxy = await TcpStub.start(
      replyAndEnd('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
    );
    vi.stubEnv('HTTP_PROXY', `http://user:pa%20ss@127.0.0.1:${proxy.port}`);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const error = await failureOf(rerankOver(cohere.url).service.rerank(REQUEST));
    expect(error).toMatchObject({ code: 'COHERE_BLOCKED' });
    const pair = Buffer.from('user:pa ss').toString('base64');
    expect(proxy.received.toLowerCase()).toContain(
      `proxy-authorization: basic ${pair}`.toLowerCase(),
    );
  });

  it('is used over SOCKS 5', async () => {
    const cohere = await StubCohere.start(ranking());
    const steps = ['\x05\x00', '\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00'];
    const proxy = await TcpStub.start((socket) => {
      socket.on('data', () => {
        const step = steps.shift();
        if (step === undefined) {
          const body =
            '{"results":[{"index":0,"relevance_score":0.5},{"index":1,"relevance_score":0.4}]}';
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
        } else {
          socket.write(Buffer.from(step, 'latin1'));
        }
      });
    });
    const { service } = through(proxy, 'socks5', cohere.url);
    const { results } = await service.rerank(REQUEST);
    expect(results).toHaveLength(2);
    expect(proxy.received).toContain('POST /v2/rerank');
  });
});
