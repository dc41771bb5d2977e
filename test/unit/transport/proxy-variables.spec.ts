import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/diagnosis/errors.js';
import { readProxyVariables } from '../../../lib/transport/proxy/proxy-variables.js';

const PROXY = 'http://proxy.example.test:3128';

describe('NO_PROXY, as curl reads it', () => {
  it.each([
    ['*', 'https://api.cohere.com', true],
    ['api.cohere.com', 'https://api.cohere.com', true],
    ['API.Cohere.COM', 'https://api.cohere.com', true],
    ['cohere.com', 'https://api.cohere.com', true],
    ['.cohere.com', 'https://api.cohere.com', true],
    ['*.cohere.com', 'https://api.cohere.com', true],
    ['here.com', 'https://api.cohere.com', false],
    ['api.cohere.com.', 'https://api.cohere.com', true],
    ['a.test, cohere.com', 'https://api.cohere.com', true],
    ['a.test cohere.com', 'https://api.cohere.com', true],
    ['cohere.com:443', 'https://api.cohere.com', true],
    ['cohere.com:8443', 'https://api.cohere.com', false],
    ['::1', 'http://[::1]:8080', true],
    ['[::1]', 'http://[::1]:8080', true],
    ['[::1]:8080', 'http://[::1]:8080', true],
    ['0:0:0:0:0:0:0:1', 'http://[::1]:8080', true],
    ['fd00::/8', 'http://[fd12::1]', true],
    ['10.0.0.0/8', 'http://10.1.2.3:4000', true],
    ['10.0.0.0/8', 'http://11.1.2.3:4000', false],
    ['10.0.0.0/99', 'http://10.1.2.3:4000', false],
    ['127.0.0.1', 'http://127.0.0.1:4000', true],
    ['0.1', 'http://127.0.0.1:4000', false],
    ['', 'https://api.cohere.com', false],
    [',,', 'https://api.cohere.com', false],
  ])('%j and %s: reached directly: %s', (noProxy, target, isDirect) => {
    const variables = { HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY, NO_PROXY: noProxy };

    expect(readProxyVariables(variables, target) === undefined).toBe(isDirect);
  });

  it('in lower case goes first, but hides nothing when it is empty', () => {
    const variables = { https_proxy: PROXY, NO_PROXY: 'cohere.com' };

    expect(readProxyVariables({ ...variables, no_proxy: '' }, COHERE)).toBeUndefined();
    expect(readProxyVariables({ ...variables, no_proxy: 'a.test' }, COHERE)).toBeDefined();
  });
});

describe('a proxy variable that cannot be used', () => {
  it.each<Record<string, string>>([
    { HTTPS_PROXY: 'ftp://x', NO_PROXY: 'cohere.com' },
    { HTTP_PROXY: 'ftp://x', HTTPS_PROXY: PROXY },
    { https_proxy: '', HTTPS_PROXY: PROXY },
    { HTTPS_PROXY: 'socks5://x', NO_PROXY: 'cohere.com' },
    { ALL_PROXY: 'socks5://x' },
  ])('does not fail the boot if it is not used: %j', (variables) => {
    expect(() => readProxyVariables(variables, COHERE)).not.toThrow();
  });

  it('is an invalid setting if it is used, and its address is not shown', () => {
    const secret = 'user:pa/ss@proxy.example.test';

    expect(() => readProxyVariables({ HTTPS_PROXY: `ftp://${secret}` }, COHERE)).toThrow(
      expect.objectContaining({ code: 'COHERE_CONFIG_INVALID' }),
    );
    expect(() => readProxyVariables({ HTTPS_PROXY: `ftp://${secret}` }, COHERE)).not.toThrow(
      secret,
    );
  });
});

describe('the address of a SOCKS proxy', () => {
  it.each(['socks', 'socks4a', 'socks5', 'SOCKS5h'])(
    'in a proxy variable is a wrong setting, whose fix names what works: %s',
    (scheme) => {
      const read = () =>
        readProxyVariables({ HTTPS_PROXY: `${scheme}://user:pass@x:1080` }, COHERE);

      const { code, diagnosis } = thrownBy(read);
      expect(code).toBe('COHERE_CONFIG_INVALID');
      expect(diagnosis.title).toBe(
        'HTTPS_PROXY is the address of a SOCKS proxy, which is not supported.',
      );
      expect(diagnosis.fix.join()).toMatch(/HTTP proxy.*NO_PROXY.*dispatcher/);
      expect(JSON.stringify(diagnosis)).not.toContain('pass@');
    },
  );
});

function thrownBy(read: () => unknown): ConfigurationError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return error;
    }
  }
  throw new Error('it threw no ConfigurationError');
}

const COHERE = 'https://api.cohere.com';
