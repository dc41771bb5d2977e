import { RERANK } from '../../../../lib/rerank/rerank-endpoint.js';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, DIAGNOSIS_CODES } from '../../../../lib/diagnosis/catalogue.js';
import { classifyNetworkFailure } from '../../../../lib/diagnosis/classify-network-failure.js';
import {
  classifyResponse,
  diagnoseInvalidKey,
  diagnoseInvalidResponse,
} from '../../../../lib/diagnosis/classify-response.js';
import { createDiagnosis, hostsNamedIn } from '../../../../lib/diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../../../lib/diagnosis/diagnosis.interface.js';
import { diagnoseTimeout } from '../../../../lib/diagnosis/diagnose-timeout.js';
import { forClients, namesFile } from '../../../../lib/diagnosis/render/for-clients.js';

describe('whether a text names a file of the server', () => {
  it.each([
    'The API key file /run/secrets/cohere cannot be read.',
    'Remove the quotation marks in config/dev.env.',
    'COHERE_API_KEY from .env:3 is a placeholder.',
    'Remove the line from .env.local.',
    'The API key file cohere.key cannot be read.',
    String.raw`C:\keys\cohere is a directory.`,
    'Give this process the right to read ~/key.',
    '.env is not read.',
    'cohere.key is not read.',
    'the file my-cohere.key',
    'the file "cohere.key", which is empty',
    "the file 'cohere.key': it is empty",
    'the file `cohere.key`; it is empty',
    'the file (cohere.key) is empty',
    'FILE=.env and',
    'x.env',
    'https://dashboard.cohere.com/api-keys and /etc/key',
    'the route /v3/rerank',
  ])('is seen in: %s', (text) => {
    expect(namesFile(text)).toBe(true);
  });

  it.each([
    'Cohere rejected the API key.',
    'Create a key at https://dashboard.cohere.com/api-keys.',
    'Check that this app can reach api.cohere.com.',
    'The key given to forKey() holds white space at character 12.',
    'Set topN to a whole number from 1 up.',
    'The model rerank-v4.0-pro does not exist.',
    'This deployment has no /v1/check-api-key, so the key could not be checked.',
    'Cohere did not respond within 10000 ms.',
    'Write it with its scheme, e.g. https://api.cohere.com.',
    'See http://x.example/a/b.env and /v2/rerank or /v1/models/rerank-v4',
    'an.environment or my.env2file.x of config.verylongextension',
  ])('is not seen in: %s', (text) => {
    expect(namesFile(text)).toBe(false);
  });

  it.each(DIAGNOSIS_CODES)('the title that %s falls back to names none', (code) => {
    expect(namesFile(CATALOGUE[code].title)).toBe(false);
  });
});

describe('the answer to a client names no host of the network', () => {
  it.each([
    '10.1.2.3:8080',
    '10.1.2.3',
    '192.168.100.200',
    'rerank.internal',
    'gateway:8080',
    'my-gw:80',
    'gw.eu.company.example',
    'api-2.my-company.io',
    'gw1.b2.io',
    'rerank.photography',
    'cohere.company.example',
    'api.eu.cohere.com.example',
  ])('%s', (host) => {
    const diagnosis = createDiagnosis('COHERE_UPSTREAM_ERROR', {
      title: `${host} returned a server error.`,
      detail: '',
      fix: [`Try again later, and look at the logs of ${host}.`],
    });

    expect(JSON.stringify(forClients(diagnosis))).not.toContain(host);
  });

  describe('also where it is a single word without a port', () => {
    const context = {
      baseUrl: 'http://cohere-gateway',
      proxy: 'https://egress',
      operation: RERANK,
      key: { name: 'COHERE_API_KEY', length: 40, fingerprint: 'sha256:1f3a9c02' },
    };

    const RESPONSES = [400, 401, 403, 404, 408, 429, 499, 500, 501, 502, 503, 504, 599, 600];
    const FAILURES = [
      'ENOTFOUND',
      'ECONNREFUSED',
      'EHOSTUNREACH',
      'ETIMEDOUT',
      'EPIPE',
      'TimeoutError',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_SSL_TLS_ALERT_CERTIFICATE_REQUIRED',
    ];

    it.each<[string, () => Diagnosis]>([
      ['a deadline', () => diagnoseTimeout(context, 1_000, 'answer')],
      ['a key that is not valid', () => diagnoseInvalidKey(context)],
      ['a page', () => diagnoseInvalidResponse(context, 'x', answered(200, '<html>', 'text/html'))],
    ])('%s', (_, diagnose) => expectNoHost(diagnose()));

    it.each(RESPONSES)('status %d', (status) =>
      expectNoHost(classifyResponse(answered(status), context)),
    );

    it.each(FAILURES)('%s', (code) => expectNoHost(classifyNetworkFailure(failed(code), context)));

    it('and the steps that stay do not refer to one that is left out', () => {
      const { fix } = forClients(diagnoseInvalidKey(context));

      expect(fix).toEqual([
        'If the key belongs to another deployment, get one from the operator of this one. Set COHERE_API_KEY to it and start the app again.',
      ]);
    });

    it('and keeps what names no host', () => {
      const diagnosis = classifyNetworkFailure(failed('EMFILE'), context);
      const { title, fix } = diagnosis;
      expect(forClients(diagnosis)).toMatchObject({ title, fix });
    });

    it.each([
      ['sen', 'sender, sen-der and a_sen'],
      ['sen', 'Sen'],
    ])('and keeps what only resembles %s: %s', (host, title) => {
      const about = { ...context, baseUrl: `http://${host}` };

      expect(
        forClients(createDiagnosis('COHERE_TIMEOUT', { title, detail: '', about })).title,
      ).toBe(title);
    });

    it.each(['sen', 'sen is down', 'down: sen', 'sender, then sen.', 'xsen sen'])(
      'and not a text that names it among others: %s',
      (title) => {
        const about = { ...context, baseUrl: 'http://sen' };
        const diagnosis = createDiagnosis('COHERE_TIMEOUT', { title, detail: '', about });

        expect(forClients(diagnosis).title).toBe(CATALOGUE.COHERE_TIMEOUT.title);
      },
    );

    it('and the steps that name none; where each names one, those of the catalogue', () => {
      const about = { ...context, baseUrl: 'http://sen' };
      const mixed = createDiagnosis('COHERE_TIMEOUT', { detail: '', about, fix: ['ask sen', 'b'] });
      const all = createDiagnosis('COHERE_TIMEOUT', { detail: '', about, fix: ['ask sen'] });

      expect(forClients(mixed).fix).toEqual(['b']);
      expect(forClients(all).fix).toEqual(CATALOGUE.COHERE_TIMEOUT.fix);
    });

    it('and reads the hosts of another copy of this library, and nothing else from their place', () => {
      const place = Symbol.for('nestjs-cohere.hosts');
      const diagnosis = { ...createDiagnosis('COHERE_TIMEOUT', { title: 'sen', detail: '' }) };

      expect(forClients(diagnosis).title).toBe('sen');
      const odd = Object.assign({ ...diagnosis }, { [place]: [7, 'sen'] });

      expect(forClients(odd).title).not.toBe('sen');
      expect(hostsNamedIn(odd)).toEqual(['sen']);
      expect(hostsNamedIn(Object.assign({ ...diagnosis }, { [place]: 'sen' }))).toEqual([]);
    });

    it('and a text in which the name is only part of a word', () => {
      const short = diagnoseTimeout({ ...context, baseUrl: 'http://sen' }, 1_000, 'queue');
      expect(forClients(short).fix).toEqual(short.fix);
    });
  });

  it.each([
    'Cohere did not respond within 10000 ms.',
    'The model rerank-v4.0-pro does not serve rerank.',
    'api.cohere.com cannot be reached.',
    'api.cohere.ai or eu.cohere.com cannot be reached.',
    'Ask cohere.ai!',
    'See https://status.example.org:8443/x and try again.',
    'At a ratio of 1:5, or 12:345678, in version 1.2.3 of x-1.2',
    'Write to support@company.example today.',
    'Call ConfigModule.forRoot() first.',
  ])('and keeps: %s', (title) => {
    expect(forClients(createDiagnosis('COHERE_TIMEOUT', { title, detail: '' })).title).toBe(title);
  });
});

function failed(code: string): Error {
  return Object.assign(new Error('failed'), { code });
}

function answered(status: number, body = '{}', type = 'application/json') {
  return { status, headers: { 'content-type': type }, body };
}

function expectNoHost(diagnosis: Diagnosis): void {
  expect(JSON.stringify(forClients(diagnosis))).not.toMatch(/cohere-gateway|egress/);
}
