import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TimeoutError, UnavailableError } from '../../lib/diagnosis/errors.js';
import { failureOf, rerankOver, type RerankRig } from '../support/rerank-over.js';
import { diagnosisOf } from '../support/diagnosis-of.js';
import { listenOnLoopback } from '../support/loopback.js';
import { ranking, StubCohere } from '../support/stub-cohere.js';
import { replyAndEnd, TcpStub } from '../support/tcp-stub.js';

const REQUEST = { query: 'q', documents: ['a', 'b'] };

/** A service whose every connection goes through the proxy. */
function through(
  proxy: TcpStub,
  scheme: string,
  baseUrl = 'https://api.cohere.test',
  login = '',
): RerankRig {
  for (const variable of ['HTTPS_PROXY', 'HTTP_PROXY']) {
    vi.stubEnv(variable, `${scheme}://${login}127.0.0.1:${proxy.port}`);
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
    ['on CONNECT', ''],
    ['in the middle of its status line', 'HTTP/1.1 20'],
    ['with something that is not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ])('%s costs one connection per attempt, and nothing after the call', async (_, bytes) => {
    const proxy = await TcpStub.start(replyAndEnd(bytes));
    const { service, transport } = through(proxy, 'http');
    const error = await failureOf(service.rerank(REQUEST));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ code: 'COHERE_UNREACHABLE', diagnosis: { retryable: true } });
    expect(proxy.connectionCount).toBe(3);
    await vi.waitFor(() => expect(transport.openSockets).toBe(0));
    expect(proxy.connectionCount).toBe(3);
  });

  it('costs the check at boot no more than its attempts', async () => {
    const proxy = await TcpStub.start(replyAndEnd(''));
    const { service } = through(proxy, 'http');
    const { verdict, diagnosis } = await service.checkKey();
    expect([verdict, diagnosis?.code]).toEqual(['undetermined', 'COHERE_UNREACHABLE']);
    expect(proxy.connectionCount).toBe(3);
  });
});

describe('a proxy that never answers', () => {
  it('keeps no socket of a call that has ended', async () => {
    const proxy = await TcpStub.start();
    const { service, transport } = through(proxy, 'http');
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

/** Answers 407 and offers these ways to log in. */
const asks = (...schemes: readonly string[]) =>
  replyAndEnd(
    [
      'HTTP/1.1 407 Proxy Authentication Required',
      ...schemes.map((scheme) => `Proxy-Authenticate: ${scheme}`),
      '\r\n',
    ].join('\r\n'),
  );

describe('a proxy that asks for a login', () => {
  it.each([
    ['is told so', '', ['Basic realm="x"'], /requires a user/, /user:password/],
    ['has refused one', 'me:secret@', ['Basic realm="x"', 'NTLM'], /refused the user/, /%25/],
    ['has refused one, and says no more', 'me:secret@', [], /refused the user/, /Correct the user/],
    ['takes none by address', 'me:secret@', ['Negotiate', 'NTLM'], /can hold/, /Basic/],
    ['takes none by address', '', ['Negotiate, Digest realm="y"'], /can hold/, /Basic/],
  ])('%s (%j, %j)', async (_, login, schemes, title, fix) => {
    const proxy = await TcpStub.start(asks(...schemes));
    const { service } = through(proxy, 'http', undefined, login);
    const diagnosis = await diagnosisOf(service.rerank(REQUEST));
    expect(diagnosis).toMatchObject({ code: 'COHERE_BLOCKED', retryable: false });
    expect(diagnosis.title).toMatch(title);
    expect(diagnosis.fix.join('\n')).toMatch(fix);
    for (const scheme of schemes.join().match(/Basic|Negotiate|NTLM|Digest/g) ?? []) {
      expect(diagnosis.detail).toContain(scheme);
    }
    expect(JSON.stringify(diagnosis)).not.toContain('secret');
  });

  it.each([
    ['pa%ss', 'pa%ss'],
    ['100%', '100%'],
    ['pa%20ss%', 'pa ss%'],
    ['%e4%C3%A4', '%e4%C3%A4'],
  ])('gets the password of the address, also with a bare %%: %s', async (written, sent) => {
    const proxy = await TcpStub.start(replyAndEnd('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const { service } = through(proxy, 'http', undefined, `me:${written}@`);
    await failureOf(service.rerank(REQUEST, { maxRetries: 0 }));
    expect(proxy.received).toContain(`Basic ${Buffer.from(`me:${sent}`).toString('base64')}`);
  });
});

describe('the variable of a proxy', () => {
  it.each([
    ['407', asks('Basic realm="x"')],
    ['407, no login by address', asks('Negotiate')],
    ['403', replyAndEnd('HTTP/1.1 403 Forbidden\r\n\r\n')],
    ['502', replyAndEnd('HTTP/1.1 502 Bad Gateway\r\n\r\n')],
    ['a hang-up', replyAndEnd('')],
  ])('is the one that was used, in the steps for %s', async (_, answer) => {
    const proxy = await TcpStub.start(answer);
    const { service } = through(proxy, 'http', 'http://rerank.internal.test');
    const { fix } = await diagnosisOf(service.rerank(REQUEST, { maxRetries: 0 }));
    expect(fix.join()).toContain('HTTP_PROXY');
    expect(fix.join()).not.toContain('HTTPS_PROXY');
  });
});

describe('TLS with a proxy', () => {
  it('that has a self-signed certificate is named, and http is never suggested', async () => {
    const proxy = createServer(selfSigned());
    const port = await listenOnLoopback(proxy);
    onTestFinished(() => void proxy.close());
    vi.stubEnv('HTTPS_PROXY', `https://me:secret@127.0.0.1:${port}`);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const { service } = rerankOver('https://api.cohere.test');
    const { title, fix } = await diagnosisOf(service.rerank(REQUEST));
    expect(title).toMatch(/self-signed/);
    expect(fix.join()).toContain('NODE_EXTRA_CA_CERTS');
    expect(fix.join()).not.toContain('http:');
  });

  it.each([
    ['', /^Write http:/],
    ['me:secret@', /Check the port of the proxy.*unencrypted/],
  ])(
    'that does not use TLS has a fix that sends no password unencrypted (%j)',
    async (login, fix) => {
      const proxy = await TcpStub.start(replyAndEnd('HTTP/1.1 400 Bad Request\r\n\r\n'));
      const { service } = through(proxy, 'https', undefined, login);
      const diagnosis = await diagnosisOf(service.rerank(REQUEST));
      expect(diagnosis.title).toMatch(/proxy does not speak TLS/);
      expect(diagnosis.fix.join()).toMatch(fix);
    },
  );
});

describe('a proxy that opens the tunnel', () => {
  it.each([
    'HTTP/1.1 201 Created\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nvia: x\r\n\r\n',
  ])('may answer with %j', async (answer) => {
    const cohere = await StubCohere.start(ranking());
    const proxy = await TcpStub.start((socket) => {
      socket.once('data', () => {
        socket.write(answer);
        const upstream = connect(Number(new URL(cohere.url).port), '127.0.0.1');
        socket.pipe(upstream).pipe(socket);
      });
    });
    const { service } = through(proxy, 'http', cohere.url);
    expect((await service.rerank(REQUEST)).results).toHaveLength(2);
  });

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
});

function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  // prettier-ignore
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost',
  ], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
