import { describe, expect, it } from 'vitest';
import { redactKnownSecrets } from '../../../lib/diagnosis/redact/known-secret.js';
import { redact } from '../../../lib/diagnosis/redact/redact.js';
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

describe('an unknown credential', () => {
  it.each([
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
    'upstream connect error or disconnect/reset before headers. reset reason: connection_failure',
  ])('stays: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
