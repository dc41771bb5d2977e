import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, ProxyAgent, request, type Dispatcher } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { classifyNetworkFailure } from '../../../lib/diagnosis/classify-network-failure.js';
import { diagnoseTimeout } from '../../../lib/diagnosis/diagnose-timeout.js';
import { freePort, listenOnLoopback } from '../../support/loopback.js';
import { hang, hangInBody, StubCohere, text } from '../../support/stub-cohere.js';
import { replyAndEnd, TcpStub } from '../../support/tcp-stub.js';
import { CANARY, GATEWAY, listTexts, RERANK } from './fixtures.js';
import type { DiagnosisCode } from '../../../lib/diagnosis/catalogue.js';
import { forTarget, type RequestContext } from '../../../lib/diagnosis/request-context.js';
import { NETWORK_FAILURE_RULES } from '../../../lib/diagnosis/network-rules.js';

function withCode(code: string, extra: object = {}): Error {
  return Object.assign(new Error(`${code} ${CANARY}`), { code }, extra);
}

const ROWS: readonly (readonly [string, DiagnosisCode, RegExp, boolean])[] = [
  ['ENOTFOUND', 'COHERE_UNREACHABLE', /does not exist in DNS/, true],
  ['EAI_AGAIN', 'COHERE_UNREACHABLE', /DNS does not respond/, true],
  ['ECONNREFUSED', 'COHERE_UNREACHABLE', /refused/, true],
  ['ECONNRESET', 'COHERE_UNREACHABLE', /was cut/, true],
  ['EPIPE', 'COHERE_UNREACHABLE', /was cut/, true],
  ['UND_ERR_SOCKET', 'COHERE_UNREACHABLE', /was cut/, true],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'COHERE_UNREACHABLE', /was cut/, true],
  ['EHOSTUNREACH', 'COHERE_UNREACHABLE', /no route/, true],
  ['ENETUNREACH', 'COHERE_UNREACHABLE', /no route/, true],
  ['ETIMEDOUT', 'COHERE_UNREACHABLE', /not answered in time/, true],
  ['UND_ERR_CONNECT_TIMEOUT', 'COHERE_UNREACHABLE', /not answered in time/, true],
  ['EACCES', 'COHERE_UNREACHABLE', /not allowed to open/, true],
  ['EMFILE', 'COHERE_UNREACHABLE', /too many files/, true],
  ['UND_ERR_HEADERS_TIMEOUT', 'COHERE_TIMEOUT', /did not respond in time/, true],
  ['UND_ERR_BODY_TIMEOUT', 'COHERE_TIMEOUT', /did not finish in time/, true],
  ['CERT_HAS_EXPIRED', 'COHERE_UNREACHABLE', /not valid at the time/, false],
  ['CERT_NOT_YET_VALID', 'COHERE_UNREACHABLE', /not valid at the time/, false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'COHERE_UNREACHABLE', /does not trust/, false],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'COHERE_UNREACHABLE', /does not trust/, false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'COHERE_UNREACHABLE', /does not trust/, false],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'COHERE_UNREACHABLE', /does not trust/, false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'COHERE_UNREACHABLE', /for another host/, false],
  ['CERT_REVOKED', 'COHERE_UNREACHABLE', /revoked/, false],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'COHERE_UNREACHABLE', /was not TLS/, false],
  ['EPROTO', 'COHERE_UNREACHABLE', /TLS with the server failed/, false],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'COHERE_UNREACHABLE', /TLS with the server/, false],
  ['UND_ERR_PRX_TLS', 'COHERE_UNREACHABLE', /TLS with the proxy/, false],
  ['UND_ERR_SOCKS5_AUTH_FAILED', 'COHERE_UNREACHABLE', /SOCKS/, true],
  ['HPE_INVALID_CONSTANT', 'COHERE_UNREACHABLE', /does not speak HTTP/, false],
  [
    'UND_ERR_HEADERS_OVERFLOW',
    'COHERE_RESPONSE_INVALID',
    /headers of the response are longer/,
    false,
  ],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'COHERE_RESPONSE_INVALID', /larger/, false],
];

describe('a request without a response', () => {
  it.each(ROWS)('%s is %s', (systemCode, code, title, retryable) => {
    const failure = new TypeError('fetch failed', { cause: withCode(systemCode) });
    const diagnosis = classifyNetworkFailure(failure, RERANK);

    expect(diagnosis).toMatchObject({ code, retryable });
    expect(diagnosis.title).toMatch(title);
    expect(diagnosis.detail).toContain(`(${systemCode}`);
    expect(diagnosis.detail).toContain('api.cohere.com/v2/rerank: ');
    expect(JSON.stringify(diagnosis)).not.toContain(CANARY);
  });

  it.each(
    NETWORK_FAILURE_RULES.filter(({ says }) => says === undefined).flatMap(({ codes, title }) =>
      codes.map((code) => [code.replace('*', 'X'), forTarget(title, RERANK) ?? ''] as const),
    ),
  )('%s is not hidden by another rule', (systemCode, title) => {
    expect(classifyNetworkFailure(withCode(systemCode), RERANK).title).toBe(title);
  });

  it('recognizes a connection cut during the TLS handshake', () => {
    const failure = Object.assign(
      new Error('Client network socket disconnected before secure TLS connection was established'),
      { code: 'ECONNRESET' },
    );

    expect(classifyNetworkFailure(failure, RERANK).title).toMatch(/while TLS was being set up/);
  });

  it('has a distinct first step for every kind', () => {
    const titles = NETWORK_FAILURE_RULES.map(({ title }) => forTarget(title, RERANK));
    const steps = NETWORK_FAILURE_RULES.map(({ fix }) => forTarget(fix, RERANK)?.[0]);

    expect(new Set(titles).size).toBeGreaterThan(20);
    expect(new Set(steps).size).toBeGreaterThan(15);
  });

  it.each([
    ['ENOTFOUND', GATEWAY, /The host of the server does not exist/, /COHERE_BASE_URL/],
    ['ENOTFOUND', RERANK, /The host of Cohere does not exist/, /DNS this machine/],
    ['ECONNREFUSED', GATEWAY, /connection to the server/, /COHERE_BASE_URL/],
    ['ECONNREFUSED', RERANK, /connection to Cohere/, /firewall/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', GATEWAY, /begins with https/, /http:\/\/ in COHERE_BASE_URL/],
    [
      'ERR_SSL_WRONG_VERSION_NUMBER',
      { ...RERANK, proxyVariable: 'http_proxy' },
      /was not TLS/,
      /http_proxy begins with the scheme/,
    ],
    [
      'UND_ERR_SOCKET',
      { ...RERANK, baseUrl: 'http://gateway.example:443' },
      /was cut/,
      /Write https:\/\/ in COHERE_BASE_URL/,
    ],
    [
      'HPE_INVALID_CONSTANT',
      { ...RERANK, baseUrl: 'http://gateway.example:8444' },
      /does not speak HTTP/,
      /Write https:\/\//,
    ],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', GATEWAY, /refused the TLS handshake/, /mutual TLS/],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      GATEWAY,
      /requires a client certificate/,
      /dispatcher/,
    ],
  ] satisfies [string, RequestContext, RegExp, RegExp][])(
    '%s has the fix first that suits the address in use',
    (systemCode, context, title, firstStep) => {
      const diagnosis = classifyNetworkFailure(withCode(systemCode), context);

      expect(diagnosis.title).toMatch(title);
      expect(diagnosis.fix[0]).toMatch(firstStep);
    },
  );

  it('finds the code in members of an AggregateError', () => {
    const members = [
      withCode('ECONNREFUSED', { address: '::1', port: 443 }),
      withCode('ETIMEDOUT'),
    ];

    expect(classifyNetworkFailure(new AggregateError(members), RERANK).detail).toContain(
      '(ECONNREFUSED ::1:443)',
    );
  });

  it('handles circular causes', () => {
    const first: Error = new Error('a');
    first.cause = new Error('b', { cause: first });

    expect(classifyNetworkFailure(first, RERANK).code).toBe('COHERE_UNREACHABLE');
  });

  it('names the proxy where the failure is at another address than Cohere', () => {
    const refused = withCode('ECONNREFUSED', { address: '10.0.0.7', port: 3128 });
    const diagnosis = classifyNetworkFailure(refused, RERANK);

    expect(diagnosis.title).toMatch(/proxy/);
    expect(diagnosis.fix[0]).toContain('HTTPS_PROXY');
    expect(diagnosis.detail).toContain('ECONNREFUSED 10.0.0.7:3128');
  });

  it('suggests neither another address nor another proxy if the proxy itself failed', () => {
    const refused = withCode('ECONNREFUSED', { address: '10.0.0.7', port: 3128 });
    const steps = classifyNetworkFailure(refused, GATEWAY).fix.join('\n');

    expect(steps).not.toMatch(/COHERE_BASE_URL|set HTTPS_PROXY/);
    expect(steps).toMatch(/NO_PROXY/);
  });

  it('names the proxy where its name does not resolve', () => {
    const unknown = withCode('ENOTFOUND', { hostname: 'proxy.corp.example' });

    expect(classifyNetworkFailure(unknown, RERANK).title).toMatch(/proxy/);
    expect(classifyNetworkFailure(unknown, RERANK).detail).toContain('proxy.corp.example');
  });

  it('does not take the address of the host itself for a proxy', () => {
    const refused = withCode('ECONNREFUSED', { address: '34.96.76.122', port: 443 });

    expect(classifyNetworkFailure(refused, RERANK).title).not.toMatch(/proxy/);
  });

  it('reports an unknown failure only as a missing response', () => {
    const diagnosis = classifyNetworkFailure(withCode(CANARY), RERANK);

    expect(diagnosis.code).toBe('COHERE_UNREACHABLE');
    expect(JSON.stringify(diagnosis)).not.toContain(CANARY);
  });

  it('recognizes a key that no header can contain', () => {
    const failure = new TypeError('fetch failed', {
      cause: Object.assign(new Error('invalid authorization header'), {
        code: 'UND_ERR_INVALID_ARG',
      }),
    });

    expect(classifyNetworkFailure(failure, RERANK).code).toBe('COHERE_API_KEY_MALFORMED');
  });
});

/** Addresses that a text depends on, with a name for each. */
const TARGETS: readonly (readonly [string, RequestContext])[] = [
  ['Cohere', RERANK],
  ['eu.cohere.com', { ...RERANK, baseUrl: 'https://eu.cohere.com' }],
  ['a gateway', GATEWAY],
  ['http on a port of TLS', { ...RERANK, baseUrl: 'http://gateway.example:443' }],
  ['http', { ...RERANK, baseUrl: 'http://gateway.example:8080' }],
  ['Cohere behind HTTPS_PROXY', { ...RERANK, proxyVariable: 'HTTPS_PROXY' }],
  ['Cohere behind http_proxy', { ...RERANK, proxyVariable: 'http_proxy' }],
];

const PROXY_REFUSED = 'Proxy response (403) !== 200 when HTTP Tunneling';

const MESSAGES = [
  ['ECONNRESET', 'Client network socket disconnected before secure TLS connection was established'],
  ['UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling'],
  ['UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling; Basic is not offered'],
  ['UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling; credentials were sent'],
  ['ERR_PROXY_NOT_TLS', 'the proxy does not speak TLS; no credentials'],
  ['UND_ERR_INVALID_ARG', 'Proxy Authentication Required'],
  ['UND_ERR_ABORTED', 'Proxy response (502) !== 200 when HTTP Tunneling'],
  ['UND_ERR_ABORTED', PROXY_REFUSED],
  ['UND_ERR_INVALID_ARG', 'invalid authorization header'],
  ['UND_ERR_INVALID_ARG', 'Invalid proxy-authorization header'],
] as const;

function everyText(): string {
  const failures = [...new Set(NETWORK_FAILURE_RULES.flatMap(({ codes }) => codes))].map((code) =>
    withCode(code),
  );
  failures.push(
    ...MESSAGES.map(([code, message]) => Object.assign(new Error(message), { code })),
    ...['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ETIMEDOUT', 'EPIPE'].map(
      (code) => withCode(code, { address: '10.0.0.7', port: 3128 }),
    ),
  );
  return listTexts(
    failures.flatMap((failure) =>
      TARGETS.map(([host, context]) => {
        const diagnosis = classifyNetworkFailure(failure, context);
        const [, clause = ''] = /: (.*)\.$/.exec(diagnosis.detail) ?? [];
        const message = failure.message.includes(CANARY) ? '' : ` "${failure.message}"`;
        return { diagnosis, seen: `${clause}${message}`, host };
      }),
    ),
  );
}

describe('every kind of failure', () => {
  it('is described, word for word, as in its golden file, for Cohere and for any other address', async () => {
    await expect(everyText()).toMatchFileSnapshot('golden/network-failures.txt');
  });

  it.each([
    ['UND_ERR_ABORTED', `x ${PROXY_REFUSED}`],
    ['UND_ERR_ABORTED', 'x Proxy response (502) !== 200'],
    ['UND_ERR_ABORTED', 'x Proxy response (407) !== 200'],
    ['UND_ERR_ABORTED', 'x Proxy Authentication Required'],
    ['UND_ERR_INVALID_ARG', 'an invalid authorization header'],
    ['UND_ERR_INVALID_ARG', 'invalid authorization headers'],
    ['UND_ERR_INVALID_ARG', 'invalid content-length header'],
    ['ERR_SOMETHING', 'Proxy response (407) !== 200'],
  ])('%s is not guessed from "%s"', (code, message) => {
    expect(classifyNetworkFailure(Object.assign(new Error(message), { code }), RERANK).detail).toBe(
      'api.cohere.com/v2/rerank: the request failed without an HTTP response.',
    );
  });
});

describe('the other end of a failed connection', () => {
  const PROXY_TITLE = 'The proxy between this app and the server could not be reached.';

  it.each<[string, RequestContext | undefined, object, boolean]>([
    ['the port of Cohere', RERANK, { address: '10.0.0.7', port: 443 }, false],
    ['another port', RERANK, { address: '10.0.0.7', port: 80 }, true],
    ['its own port', GATEWAY, { address: '10.0.0.7', port: 8443 }, false],
    ['the port of https, but not its own', GATEWAY, { address: '10.0.0.7', port: 443 }, true],
    [
      'the port of http',
      { ...RERANK, baseUrl: 'http://gateway.example' },
      { address: '10.0.0.7', port: 80 },
      false,
    ],
    ['its own name', GATEWAY, { hostname: 'gateway.example' }, false],
    ['another name', GATEWAY, { hostname: 'proxy.example' }, true],
    ['another address without a port', GATEWAY, { address: '10.0.0.7' }, false],
    ['nothing that is known', RERANK, {}, false],
    ['a port, where no request is known', undefined, { port: 3128 }, false],
    ['a port, where no URL is known', { ...RERANK, baseUrl: 'nowhere' }, { port: 3128 }, false],
  ])('is %s', (_end, context, extra, isProxy) => {
    const { title, fix } = classifyNetworkFailure(withCode('ECONNREFUSED', extra), context);

    expect(title === PROXY_TITLE).toBe(isProxy);
    expect(/connection to the proxy failed/.test(fix[0] ?? '')).toBe(isProxy);
  });

  it.each<[string, object, string]>([
    ['a name', { hostname: 'a-b.proxy_1.example' }, 'ENOTFOUND a-b.proxy_1.example'],
    ['a name with a dot after it', { hostname: 'proxy.example.' }, 'ENOTFOUND proxy.example.'],
    ['this machine', { hostname: 'localhost', port: 80 }, 'ENOTFOUND localhost:80'],
    ['the address before the name', { address: '::1', hostname: 'a.example' }, 'ENOTFOUND ::1'],
    ['a port alone', { port: 3128 }, 'ENOTFOUND 3128'],
    ['no port that is none', { address: '10.0.0.7', port: 1.5 }, 'ENOTFOUND 10.0.0.7'],
    ['no text in place of a port', { address: '10.0.0.7', port: CANARY }, 'ENOTFOUND 10.0.0.7'],
    ['no single word, which may be anything', { hostname: 'hunter2' }, 'ENOTFOUND'],
    ['nothing with more before a name', { hostname: 'me:hunter2@proxy.example' }, 'ENOTFOUND'],
    ['nothing with more after a name', { hostname: 'proxy.example/hunter2' }, 'ENOTFOUND'],
    ['nothing with more before this machine', { hostname: 'me@localhost' }, 'ENOTFOUND'],
  ])('is shown: %s', (_what, extra, seen) => {
    expect(classifyNetworkFailure(withCode('ENOTFOUND', extra), RERANK).detail).toBe(
      `api.cohere.com/v2/rerank: the name did not resolve (${seen}).`,
    );
  });

  it.each([
    ['TimeoutError', new DOMException('x', 'TimeoutError'), 'COHERE_TIMEOUT'],
    ['HTTPParserError', Object.assign(new Error('x'), { name: 'HTTPParserError' }), 'HTTP'],
  ])('is not needed for a %s, which is recognized by its name', (name, failure, word) => {
    const diagnosis = classifyNetworkFailure(failure, RERANK);

    expect(diagnosis.detail).toContain(`(${name})`);
    expect(`${diagnosis.code} ${diagnosis.title}`).toContain(word);
  });

  it('is that of the first known cause', () => {
    const failure = new Error('x', { cause: withCode('ENOTFOUND') });

    expect(classifyNetworkFailure(Object.assign(failure, { code: 'X' }), RERANK).detail).toContain(
      '(ENOTFOUND)',
    );
    expect(classifyNetworkFailure({ code: 'UND_ERR_ABORTED' }, RERANK).detail).toContain(
      'failed without an HTTP response',
    );
  });
});

async function classifiedFailureOf(baseUrl: string, dispatcher: Dispatcher = new Agent()) {
  onTestFinished(() => dispatcher.destroy());
  const context = { baseUrl, operation: RERANK.operation };
  try {
    const { body } = await request(`${baseUrl}${context.operation.path}`, { dispatcher });
    await body.text();
  } catch (failure) {
    return classifyNetworkFailure(failure, context);
  }
  throw new Error('The request should have failed.');
}

describe('the real network', () => {
  it('a closed port is refused', async () => {
    const port = await freePort();

    const diagnosis = await classifiedFailureOf(`http://127.0.0.1:${port}`);

    expect(diagnosis.detail).toContain(`(ECONNREFUSED 127.0.0.1:${port})`);
    expect(diagnosis.title).toBe('The connection to the server was refused.');
  });

  it('a server that hangs up cuts the connection', async () => {
    const { port } = await TcpStub.start((socket) => socket.destroy());

    expect((await classifiedFailureOf(`http://127.0.0.1:${port}`)).title).toMatch(/was cut/);
  });

  it('https to an http server is distinguished from other TLS failures', async () => {
    const { url } = await StubCohere.start(text(200, ''));

    const diagnosis = await classifiedFailureOf(url.replace('http:', 'https:'));

    expect(diagnosis.detail).toMatch(/ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)/);
    expect(diagnosis.fix[0]).toContain('http://');
  });

  it('recognizes a server that does not use HTTP', async () => {
    const { port } = await TcpStub.start(replyAndEnd('220 mail.example.com ESMTP\r\n'));

    expect((await classifiedFailureOf(`http://127.0.0.1:${port}`)).title).toMatch(
      /does not speak HTTP/,
    );
  });

  it('recognizes a self-signed certificate', async ({ skip }) => {
    const certificate = selfSigned();
    skip(certificate === undefined, 'no openssl command here');
    const server = createServer(certificate ?? {});
    const port = await listenOnLoopback(server);
    onTestFinished(() => void server.close());

    const diagnosis = await classifiedFailureOf(`https://localhost:${port}`);

    expect(diagnosis.detail).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(diagnosis.fix[0]).toContain('NODE_EXTRA_CA_CERTS');
  });

  it.each([
    [407, 'COHERE_BLOCKED', /user and a password/],
    [403, 'COHERE_BLOCKED', /does not let this app through/],
    [502, 'COHERE_UNREACHABLE', /proxy could not reach Cohere/],
  ])('a proxy that answers CONNECT with %i is %s', async (status, code, title) => {
    const { port } = await TcpStub.start(
      replyAndEnd(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`),
    );
    const dispatcher = new ProxyAgent(`http://user:${CANARY}@127.0.0.1:${port}`);

    const diagnosis = await classifiedFailureOf('https://api.cohere.com', dispatcher);

    expect(diagnosis.code).toBe(code);
    expect(diagnosis.title).toMatch(title);
    expect(JSON.stringify(diagnosis)).not.toContain(CANARY);
  });

  it('a proxy that does not exist is named, and not Cohere', async () => {
    const diagnosis = await classifiedFailureOf(
      'https://api.cohere.com',
      new ProxyAgent('http://127.0.0.1:9'),
    );

    expect(diagnosis.title).toMatch(/proxy/);
    expect(diagnosis.detail).toContain('127.0.0.1:9');
  });

  it('undici time limits of headers and body are timeouts', async () => {
    const silent = await StubCohere.start(hang);
    const headers = await classifiedFailureOf(silent.url, new Agent({ headersTimeout: 10 }));
    expect(headers.code).toBe('COHERE_TIMEOUT');
    expect(headers.title).toMatch(/did not respond/);
    // Its headers have all the time of a busy machine.
    const stalling = await StubCohere.start(hangInBody);
    const body = await classifiedFailureOf(stalling.url, new Agent({ bodyTimeout: 10 }));
    expect(body.code).toBe('COHERE_TIMEOUT');
    expect(body.title).toMatch(/did not finish/);
  });
});

describe('our own deadline', () => {
  it.each([
    ['documents', /converted to text/, /toText a cheaper function/],
    ['queue', /waiting for its turn/, /COHERE_CONCURRENCY/],
    ['key', /API key was still being read/, /secret store/],
    ['connect', /no connection yet/, /firewall/],
    ['answer', /no response had begun/, /COHERE_TIMEOUT_MS/],
    ['body', /not complete/, /proxy/],
    ['backoff', /tried again/, /COHERE_CONCURRENCY/],
  ] as const)(
    'that passes in the phase %s names what was missing, and the fix',
    (phase, detail, step) => {
      const diagnosis = diagnoseTimeout(RERANK, 3_000, phase);

      expect(diagnosis).toMatchObject({ code: 'COHERE_TIMEOUT', httpStatus: 504, retryable: true });
      expect(diagnosis.title).toContain('3000 ms');
      expect(diagnosis.detail).toMatch(detail);
      expect(diagnosis.fix.at(-1)).toMatch(step);
    },
  );

  it('is described, word for word, as in its golden file, in every phase', async () => {
    const phases = ['documents', 'queue', 'key', 'connect', 'answer', 'body', 'backoff'] as const;
    const startup = { ...RERANK, timeoutSetting: 'COHERE_STARTUP_CHECK_TIMEOUT_MS' };
    const texts = phases.flatMap((phase) =>
      [RERANK, GATEWAY, startup].map((context) => {
        const { title, detail, fix } = diagnoseTimeout(context, 3_000, phase);
        return [title, detail, ...fix, ''].join('\n');
      }),
    );

    await expect(texts.join('\n')).toMatchFileSnapshot('golden/timeouts.txt');
  });

  it.each(['queue', 'key', 'connect', 'answer', 'body', 'backoff'] as const)(
    'of another operation speaks of that (%s)',
    (phase) => {
      const operation = { method: 'POST', path: '/v2/chat', name: 'chat' } as const;
      const { title, detail, fix } = diagnoseTimeout({ ...RERANK, operation }, 3_000, phase);
      expect([title, detail, ...fix].join()).not.toMatch(/rerank|document/i);
    },
  );

  it('of the startup check names the setting that it comes from, and of another host no status page', () => {
    const timeoutSetting = 'COHERE_STARTUP_CHECK_TIMEOUT_MS';
    const check = diagnoseTimeout({ ...RERANK, timeoutSetting }, 3_000, 'answer');
    const other = diagnoseTimeout(GATEWAY, 3_000, 'answer');

    expect(check.fix[1]).toMatch(/raise COHERE_STARTUP_CHECK_TIMEOUT_MS\.$/);
    expect(other.fix.join()).not.toContain('status.cohere.ai');
    expect(other.title).toBe('The server did not respond within 3000 ms.');
    expect(other.fix[0]).toContain('gateway.example:8443');
    expect(diagnoseTimeout(undefined, 5, 'connect').detail).toBe(
      'Cohere: after 5 ms there was no connection yet.',
    );
  });
});

function selfSigned(): { key: Buffer; cert: Buffer } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    // prettier-ignore
    execFileSync('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
      '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost',
    ], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } catch {
    return undefined;
  }
}
