import { describe, expect, it } from 'vitest';
import {
  describeKey,
  describeTarget,
  endSentence,
  forAnyTarget,
  targetOf,
} from '../../../lib/diagnosis/request-context.js';
import { HIDDEN } from '../../../lib/diagnosis/redact/known-secret.js';
import { CANARY, RERANK } from './fixtures.js';

describe('whom a request was for', () => {
  it.each([
    'https://api.cohere.com',
    'https://API.COHERE.AI.',
    'https://cohere.com',
    'https://eu.api.cohere.com',
  ])('is Cohere: %s', (baseUrl) => {
    expect(targetOf({ ...RERANK, baseUrl })).toMatchObject({ name: 'Cohere', isCohere: true });
  });

  it.each([
    'cohere.com.example',
    'api.cohere.community',
    'notcohere.com',
    'api-cohere.com',
    'cohere.example',
    'api.cohere.com:8443.example',
  ])('is not Cohere: %s', (host) => {
    const baseUrl = `https://${host.replace(':8443', '')}`;

    expect(targetOf({ ...RERANK, baseUrl }).isCohere).toBe(false);
  });

  it('is Cohere, where it is not known', () => {
    const cohere = { name: 'Cohere', isCohere: true, isOwnAddress: false, isPlainHttp: false };

    expect(targetOf(undefined)).toMatchObject(cohere);
    expect(targetOf({ ...RERANK, baseUrl: 'nowhere' })).toMatchObject(cohere);
    expect(targetOf(RERANK)).toMatchObject(cohere);
  });

  it.each([
    ['https://gateway.example', 443, false],
    ['http://gateway.example', 80, true],
    ['http://gateway.example:8080', 8_080, true],
  ])('%s has port %i', (baseUrl, port, isPlainHttp) => {
    expect(targetOf({ ...RERANK, baseUrl })).toMatchObject({
      port,
      isPlainHttp,
      isOwnAddress: true,
    });
  });

  it('goes through the proxy of HTTPS_PROXY, unless another variable names one', () => {
    expect(targetOf(RERANK).proxyVariable).toBe('HTTPS_PROXY');
    expect(targetOf({ ...RERANK, proxyVariable: 'http_proxy' }).proxyVariable).toBe('http_proxy');
  });

  it('is the server, for the documentation', () => {
    expect(forAnyTarget(({ name }) => `${name} failed`, RERANK.operation)).toBe(
      'the server failed',
    );
    expect(forAnyTarget('failed', RERANK.operation)).toBe('failed');
  });
});

describe('an address that holds a part of the key', () => {
  it.each([
    [`https://host/x/${CANARY}/`, `host/${HIDDEN}/v2/rerank`],
    [`https://host/${CANARY.slice(5, 20)}`, `host/${HIDDEN}/v2/rerank`],
    [`https://host/${Buffer.from(CANARY).toString('base64url')}`, `host/${HIDDEN}/v2/rerank`],
    [`https://${CANARY}.example/x`, `${HIDDEN}/x/v2/rerank`],
  ])('is named without it: %s', (baseUrl, shown) => {
    const context = { ...RERANK, baseUrl, secrets: [CANARY] };

    expect(describeTarget(context)).toBe(shown);
    expect(targetOf(context).name.toLowerCase()).not.toContain(CANARY.slice(0, 8).toLowerCase());
  });
});

describe('how a request is named', () => {
  it.each([
    ['https://api.cohere.com', 'api.cohere.com/v2/rerank'],
    ['https://gateway.example:8443/cohere/', 'gateway.example:8443/cohere/v2/rerank'],
    ['http://me:secret@gateway.example/a/b?c=d', 'http://gateway.example/a/b/v2/rerank'],
    ['nowhere', '/v2/rerank'],
  ])('to %s: %s', (baseUrl, name) => {
    expect(describeTarget({ ...RERANK, baseUrl })).toBe(name);
  });

  it('is Cohere where it is not known', () => {
    expect(describeTarget(undefined)).toBe('Cohere');
  });

  it.each([
    [1, 'KEY, 1 character, sha256:1f3a9c02'],
    [2, 'KEY, 2 characters, sha256:1f3a9c02'],
  ])('and its key of %i', (length, name) => {
    expect(describeKey({ name: 'KEY', length, fingerprint: 'sha256:1f3a9c02' })).toBe(name);
  });

  it.each([
    ['a', 'a.'],
    ['a.', 'a.'],
    ['a!', 'a!'],
    ['a?', 'a?'],
    ['a…', 'a…'],
    ['a.b', 'a.b.'],
    ['', '.'],
  ])('and the sentence "%s" ends: %s', (text, sentence) => {
    expect(endSentence(text)).toBe(sentence);
  });
});
