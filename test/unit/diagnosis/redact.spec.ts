import { describe, expect, it } from 'vitest';
import { isRequestId } from '../../../lib/diagnosis/read-reply.js';
import { HIDDEN } from '../../../lib/diagnosis/redact/known-secret.js';
import { redact, redactAddresses, redactResponse } from '../../../lib/diagnosis/redact/redact.js';
import { CANARY } from './fixtures.js';

describe('a known secret', () => {
  it('hides the whole text', () => {
    expect(redact(`invalid key ${CANARY} for model x`, [CANARY])).toBe(HIDDEN);
  });

  it('is searched before anything is removed from the text', () => {
    expect(redact(`Authorization: Bearer ${CANARY.slice(0, 9)}`, [CANARY])).toBe(HIDDEN);
  });

  it('leaves a text without it unchanged', () => {
    expect(redact('model not found', [CANARY, 'abc', ''])).toBe('model not found');
  });
});

describe('user and password of an address', () => {
  it.each([
    ['http://user:pass@proxy:3128', 'http://[redacted]@proxy:3128'],
    ['http://user:pa/ss@w@rd@proxy:3128/', 'http://[redacted]@proxy:3128/'],
    ['HTTPS_PROXY=user:pa/ss@proxy:3128', 'HTTPS_PROXY=[redacted]@proxy:3128'],
    ['socks5://token@proxy', 'socks5://[redacted]@proxy'],
    ['"user:pass@proxy" (user:pass@proxy)', '"[redacted]@proxy" ([redacted]@proxy)'],
    ['cohere-ai@8.1.0, mail@example.com', 'cohere-ai@8.1.0, mail@example.com'],
  ])('%s', (address, shown) => {
    expect(redactAddresses(address)).toBe(shown);
  });
});

describe('a response for its caller', () => {
  it('holds the key neither in its body nor in its headers, and stays JSON', () => {
    const { body, headers, status } = redactResponse(
      {
        status: 401,
        headers: { 'x-echo': [`Bearer ${CANARY}`], 'x-key': CANARY, via: undefined },
        body: JSON.stringify({
          message: `bad ${CANARY}`,
          id: '07734bd2-2473-4f07-94e1-0d9f0e6843cf',
        }),
      },
      [CANARY],
    );

    expect(JSON.parse(body)).toEqual({
      message: HIDDEN,
    });
    expect(headers).toEqual({ 'x-echo': [HIDDEN], 'x-key': HIDDEN });
    expect(status).toBe(401);
  });

  it('is cut after 64 KB', () => {
    const response = { status: 500, headers: {}, body: 'a '.repeat(50_000) };

    expect(redactResponse(response, [CANARY]).body).toHaveLength(65_536);
  });
});

describe('an id that is shown', () => {
  it.each([
    ['07734bd2-2473-4f07-94e1-0d9f0e6843cf', true],
    ['5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a', true],
    ['rerank-5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a', true],
    [CANARY, false],
    ['Bearer 5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a', false],
    ['an id', false],
    [7, false],
  ])('looks like one: %s', (id, isShown) => {
    expect(isRequestId(id)).toBe(isShown);
  });

  it('is not a key that looks like an id', () => {
    const key = '07734bd2-2473-4f07-94e1-0d9f0e6843cf';
    expect(isRequestId(key, [key])).toBe(false);
  });
});

const eight = (escape: string): string => escape.repeat(8);

describe('an unknown credential', () => {
  it.each([
    ['after each bearer', 'bearer abc.def, BEARER x.y', 'bearer [redacted], BEARER [redacted]'],
    ['after the name apikey', 'apikey=abc', 'apikey=[redacted]'],
    ['after the name api-key', 'api-key: abc', 'api-key: [redacted]'],
    ['after the name access_token', 'access_token=abc', 'access_token=[redacted]'],
    ['after the name access-token', 'Access-Token: abc', 'Access-Token: [redacted]'],
    ['after the name client_secret', 'client_secret=abc', 'client_secret=[redacted]'],
    ['after the name client-secret', "'client-secret' : 'abc'", "'client-secret' : '[redacted]'"],
    ['after the name password', 'password = abc', 'password = [redacted]'],
    ['in a header of a proxy', 'Proxy-Authorization:abc', 'Proxy-Authorization:[redacted]'],
    ['after two blanks', 'Authorization:  Bearer  abc', 'Authorization:  [redacted]'],
    ['as a token', 'Authorization: Token abc', 'Authorization: [redacted]'],
    ['in eight percent escapes', `got ${eight('%5a')}`, 'got [redacted]'],
    ['in eight escapes of JSON', `got ${eight('\\u005A')}`, 'got [redacted]'],
    ['in eight decimal entities', `got ${eight('&#90;')}`, 'got [redacted]'],
    ['in eight hexadecimal entities', `got ${eight('&#x5A;')}`, 'got [redacted]'],
    ['of alternating letters', 'key QmZxKpVnLsTgBrYdHcJfK is', 'key [redacted] is'],
    ['of letters in pairs', 'key abQMzxKPvnLSabcdefgh is', 'key [redacted] is'],
    ['of parts of six', 'key a8Kd02-9Qw3xY-7zB4kM is', 'key [redacted] is'],
    ['of 32 letters', `key ${'abcdefgh'.repeat(4)} is`, 'key [redacted] is'],
    ['next to an id', `id 07734bd2-2473-4f07-94e1-0d9f0e6843cf-${CANARY}`, 'id [redacted]'],
    ['after Bearer', `got Bearer abc.def`, 'got Bearer [redacted]'],
    ['in a header', 'Authorization: Basic dXNlcg==', 'Authorization: [redacted]'],
    ['in JSON', '{"authorization":"abc"}', '{"authorization":"[redacted]"}'],
    ['in escaped JSON', '{\\"x-api-key\\":\\"abc\\"}', '{\\"x-api-key\\":\\"[redacted]\\"}'],
    ['in a query', '/a?api_key=abc&b=1', '/a?api_key=[redacted]&b=1'],
    ['in a URL', 'http://user:pass@host/', 'http://[redacted]@host/'],
    ['40 letters and digits', `key ${CANARY} is bad`, 'key [redacted] is bad'],
    ['with dashes', 'key sk-proj-a8Kd02mZ-9Qw3xY7z-x is bad', 'key [redacted] is bad'],
    ['base64', Buffer.from(`Bearer ${CANARY}`).toString('base64'), '[redacted]'],
  ])('is removed %s', (_place, text, shown) => {
    expect(redact(text)).toBe(shown);
  });
});

describe('text that readers need', () => {
  it.each([
    'id 07734bd2-2473-4f07-94e1-0d9f0e6843cf',
    "model 'command-a-reasoning-08-2025' not found",
    'rerank-multilingual-v3.0 and embed-multilingual-light-v3.0, c4ai-aya-expanse-32b',
    'See https://docs.cohere.com/docs/models#command-r-plus-08-2024',
    'Please add a payment method at https://dashboard.cohere.com/billing?tab=payment to continue',
    'Bearer token is missing',
    'no api key supplied',
    'too many tokens: size limit exceeded by 1234567 tokens',
    "unknown field: parameter 'max_tokens_per_doc' is not a valid field",
    'a%20b%20c, \\u00e9t\\u00e9, &#233;t&#xe9;',
    `seven: ${'%5a'.repeat(7)}`,
    'limited to 1234567890123456789012 calls',
    'see rerank-v3-a1-b2-c3-d4-e5-f6-g7-h8-i9-k0',
    'maxDocumentsPerRequest and relevanceScoreThreshold',
    'INTERNALSERVERERROROCCURRED',
    'ABCdefghijklmnopqrstuvwx',
    `${'abcdefgh'.repeat(3)}abcdefg`,
    'the password is wrong',
    'upstream connect error or disconnect/reset before headers. reset reason: connection_failure',
  ])('stays: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
