import { describe, expect, it } from 'vitest';
import { isCohereHost, normalizeBaseUrl } from '../../../lib/config/base-url.js';

function urlOf(text: string): string {
  const result = normalizeBaseUrl(text);
  return 'url' in result ? result.url : result.wrong;
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
    ['https://x.example.test/rerank', 'https://x.example.test', '/rerank'],
    ['https://x.example.test/rerank/', 'https://x.example.test', '/rerank'],
    ['https://x.example.test/v1/rerank', 'https://x.example.test', '/v1/rerank'],
    ['https://x.example.test/team/v2/rerank', 'https://x.example.test/team', '/v2/rerank'],
    ['https://x.example.test/v3/rerank', 'https://x.example.test/v3', '/rerank'],
    ['https://x.example.test/V1/ReRank', 'https://x.example.test', '/V1/ReRank'],
    ['https://cohere.com.example.test/rerank', 'https://cohere.com.example.test', '/rerank'],
  ])('%s sends rerank to %s%s', (text, url, rerankPath) => {
    expect(normalizeBaseUrl(text)).toMatchObject({ url, rerankPath });
  });

  it.each([
    'https://x.example.test/v1',
    'https://x.example.test/my-rerank',
    'https://api.cohere.com/v1/rerank',
    'https://api.cohere.ai/rerank',
  ])("%s leaves rerank at Cohere's path", (text) => {
    expect(normalizeBaseUrl(text)).not.toHaveProperty('rerankPath');
  });

  it.each([
    ['api.cohere.com', 'it does not begin with https:// or http://'],
    ['//api.cohere.com', 'it does not begin with https:// or http://'],
    ['ftp://api.cohere.com', 'it does not begin with https:// or http://'],
    ['https://', 'it is not a complete URL'],
    ['https://exa mple.test', 'it is not a complete URL'],
    ['https://me:pw@example.test', 'it contains a user name or a password'],
    ['https://me@example.test', 'it contains a user name or a password'],
    ['https://example.test?a=1', 'it contains a query or a fragment'],
    ['https://example.test/?', 'it contains a query or a fragment'],
    ['https://example.test/#top', 'it contains a query or a fragment'],
    ['https://example.test/a b', 'it contains white space'],
    ['https://example.test/a\nb', 'it contains white space'],
  ])('%j is refused: %s', (text, wrong) => {
    expect(urlOf(text)).toBe(wrong);
  });

  it('may have 2,048 characters', () => {
    const longest = `https://example.test/${'a'.repeat(2_027)}`;

    expect(urlOf(longest)).toBe(longest);
    expect(urlOf(`${longest}a`)).toBe('it is longer than 2048 characters');
  });

  it.each([
    ['http://example.test', true],
    ['HTTP://10.0.0.1:8080', true],
    ['http://localhost.example.test', true],
    ['http://127.0.0.1.example.test', true],
    ['http://notlocalhost', true],
    ['http://128.0.0.1', true],
    ['http://[::2]', true],
    ['http://localhost', false],
    ['http://app.localhost:3000', false],
    ['http://127.0.0.1', false],
    ['http://127.10.20.30', false],
    ['http://[::1]', false],
    ['https://example.test', false],
  ])('%s sends the key over the network as it is: %s', (text, isPlainHttp) => {
    expect(normalizeBaseUrl(text)).toMatchObject({ isPlainHttp });
  });

  it.each([undefined, 5, 'no address', 'https://api.cohere.com'])(
    'counts as that of Cohere where it is not another: %s',
    (text) => {
      expect(isCohereHost(text)).toBe(true);
    },
  );
});
