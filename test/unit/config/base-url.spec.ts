import { describe, expect, it } from 'vitest';
import { normalizeBaseUrl } from '../../../lib/config/base-url.js';

function urlOf(text: string): string {
  const result = normalizeBaseUrl(text);
  return 'url' in result ? result.url : `wrong: ${result.wrong}`;
}

describe('a base URL', () => {
  it.each([
    ['https://api.cohere.com', 'https://api.cohere.com'],
    ['https://api.cohere.com/', 'https://api.cohere.com'],
    ['https://api.cohere.com//', 'https://api.cohere.com'],
    ['https://api.cohere.com/v1', 'https://api.cohere.com'],
    ['https://api.cohere.com/v2/', 'https://api.cohere.com'],
    ['https://api.cohere.com/rerank', 'https://api.cohere.com'],
    ['https://api.cohere.com/v1/rerank', 'https://api.cohere.com'],
    ['https://api.cohere.com/v2/rerank//', 'https://api.cohere.com'],
    ['HTTPS://API.Cohere.com:443/v2', 'https://api.cohere.com'],
    ['http://localhost:8080/cohere/v2/rerank', 'http://localhost:8080/cohere'],
    ['https://gateway.example.test/team/v1/cohere', 'https://gateway.example.test/team/v1/cohere'],
    ['https://x.example.test/my-rerank', 'https://x.example.test/my-rerank'],
    ['https://x.example.test/v3', 'https://x.example.test/v3'],
    [' https://x.example.test ', 'https://x.example.test'],
    ['http://[::1]:3000/v2', 'http://[::1]:3000'],
  ])('%j becomes %s', (text, url) => {
    expect(urlOf(text)).toBe(url);
  });

  it.each([
    ['api.cohere.com', 'wrong: it does not begin with https:// or http://'],
    ['//api.cohere.com', 'wrong: it does not begin with https:// or http://'],
    ['ftp://api.cohere.com', 'wrong: it does not begin with https:// or http://'],
    ['https://', 'wrong: it is not a complete URL'],
    ['https://exa mple.test', 'wrong: it is not a complete URL'],
    ['https://me:pw@example.test', 'wrong: it contains a user name or a password'],
    ['https://me@example.test', 'wrong: it contains a user name or a password'],
    ['https://example.test?a=1', 'wrong: it contains a query or a fragment'],
    ['https://example.test/?', 'wrong: it contains a query or a fragment'],
    ['https://example.test/#top', 'wrong: it contains a query or a fragment'],
    ['https://example.test/a b', 'wrong: it contains white space'],
    ['https://example.test/a\nb', 'wrong: it contains white space'],
  ])('%j is %s', (text, wrong) => {
    expect(urlOf(text)).toBe(wrong);
  });
});
