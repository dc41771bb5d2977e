import { describe, expect, it } from 'vitest';
import { isRequestId } from '../../../lib/diagnosis/read-reply.js';
import { redactKnownSecrets } from '../../../lib/diagnosis/redact/known-secret.js';
import { redact, redactAddresses, redactResponse } from '../../../lib/diagnosis/redact/redact.js';
import { CANARY, tracesOf, writtenForms } from './fixtures.js';

describe('a known secret', () => {
  it.each(writtenForms(CANARY))('is taken out of a text that holds %s', (form) => {
    const shown = redact(`before ${form} after`, [CANARY]);

    expect(shown).toMatch(/^before .*\[redacted\].* after$/s);
    expect(tracesOf(CANARY).filter((trace) => shown.toLowerCase().includes(trace))).toEqual([]);
  });

  it('is taken out where the text was cut inside it', () => {
    expect(redact(`invalid key ${CANARY.slice(0, 5)}`, [CANARY])).toBe('invalid key [redacted]');
  });

  it('may hold white space, quotes and characters outside ASCII', () => {
    const secret = 'кey "with" & \n<all> é😀';
    const shown = redact(JSON.stringify({ secret, url: encodeURIComponent(secret) }), [secret]);

    expect(shown).not.toMatch(/with|D0%BA|all/);
  });

  it.each(['', 'x', 'xx', 'Bearer '])('is found in base64 after "%s"', (before) => {
    const encoded = Buffer.from(`${before}${CANARY}`).toString('base64');

    expect(redactKnownSecrets(`got ${encoded}.`, [CANARY])).toBe('got [redacted].');
  });

  it('is found as HTML, where it holds what HTML escapes', () => {
    const shown = redactKnownSecrets('got a1&amp;&lt;b2&gt;&quot;c3&amp;&lt;d4.', [
      'a1&<b2>"c3&<d4',
    ]);

    expect(shown).toBe('got [redacted].');
  });

  it('does not take ordinary words out because it is short', () => {
    expect(redact('model not found', ['abc', ''])).toBe('model not found');
  });

  it('leaves a text without it as it is', () => {
    expect(redact('model not found', [CANARY])).toBe('model not found');
  });
});

const groupsOf = (size: number, separator: string): string =>
  (CANARY.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(separator);
const escaped = (write: (code: number) => string): string =>
  Array.from(CANARY, (character) => write(character.charCodeAt(0))).join('');

describe('a key that a gateway names by a part of it is not shown', () => {
  const first = CANARY.slice(0, 4);
  const last = CANARY.slice(-4);
  it.each([
    ['its ends around a mask', `${first}****${last}`],
    ['its ends around dots', `${first}...${last}`],
    ['its ends around an ellipsis', `${first}…${last}`],
    ['its ends around bullets', `${first}••••••••${last}`],
    ['its ends around x', `${first}xxxxxxxx${last}`],
    ['its beginning before a mask', `${CANARY.slice(0, 3)}***`],
    ['its end after a mask', `****${last}`],
    ['its ends around a word', `${first}[MASKED]${last}`],
    ['its first seven characters', CANARY.slice(0, 7)],
    ['its last seven characters', CANARY.slice(-7)],
    ['its first four characters', first],
    ['groups of seven', groupsOf(7, ' ')],
    ['groups of four with dashes', groupsOf(4, '-')],
    ['one character at a time', groupsOf(1, ' ')],
    ['lines of ten', groupsOf(10, '\n')],
    ['\\x51', escaped((code) => `\\x${code.toString(16)}`)],
    ['\\u{51}', escaped((code) => `\\u{${code.toString(16)}}`)],
    ['octal', escaped((code) => `\\${code.toString(8).padStart(3, '0')}`)],
    ['hexadecimal entities', escaped((code) => `&#x${code.toString(16)};`)],
    ['spaced hex', escaped((code) => `${code.toString(16)} `)],
    ['hex with colons', escaped((code) => `${code.toString(16)}:`)],
    ['a list of bytes', escaped((code) => `0x${code.toString(16)}, `)],
    ['percent, twice', escaped((code) => `%25${code.toString(16)}`)],
    [
      'percent, every other character',
      CANARY.replace(
        /(.)(.)/g,
        (_pair, one: string, other: string) => `${one}%${other.charCodeAt(0).toString(16)}`,
      ),
    ],
    [
      'base64 in lines',
      Buffer.from(`Bearer ${CANARY}`).toString('base64').replace(/.{16}/g, '$&\n'),
    ],
  ])('%s', (_form, form) => {
    const shown = redactKnownSecrets(`no: "${form}" is bad`, [CANARY]);

    expect(shown).toMatch(/^no: "?\[redacted\].*is bad$/s);
    expect(shown.replace(/\[redacted\]/g, '')).not.toMatch(/[Qc4]A?n?4r|xx|••/);
    for (let at = 0; at + 3 <= CANARY.length; at += 1) {
      expect(shown).not.toContain(CANARY.slice(at, at + 3));
    }
  });
});

describe('a key that is short, or made of words, does not shred messages', () => {
  const message =
    'the list of documents must not be empty; local model rerank-v5.0-fast not found, see the token page in production';

  it.each([
    'a',
    'no',
    'key',
    'EMPTY',
    'token',
    'local-dev-token',
    'rerank-production-key',
    'page-key',
  ])('%s', (secret) => {
    expect(redact(message, [secret])).toBe(
      secret === 'token' ? message.replace('token', '[redacted]') : message,
    );
  });

  it('and is taken out where all of it is there', () => {
    expect(redact('key EMPTY is invalid', ['EMPTY'])).toBe('key [redacted] is invalid');
    expect(redact('key local-dev-token is invalid', ['local-dev-token'])).toBe(
      'key [redacted] is invalid',
    );
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

describe('a response that is handed on', () => {
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
      message: 'bad [redacted]',
      id: '07734bd2-2473-4f07-94e1-0d9f0e6843cf',
    });
    expect(headers).toEqual({ 'x-echo': ['Bearer [redacted]'], 'x-key': '[redacted]' });
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

  it('is not the key of a host whose keys look like ids', () => {
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
  ])('is taken out %s', (_place, text, shown) => {
    expect(redact(text)).toBe(shown);
  });
});

describe('what the reader needs', () => {
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
