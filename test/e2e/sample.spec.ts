import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Joi from 'joi';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder } from './support/run-app.js';
import { SampleProcess, type SampleOptions } from './support/sample-process.js';
import { CANARY } from '../support/keys.js';

const readme = readFileSync(
  new URL('../../sample/01-rerank-api/README.md', import.meta.url),
  'utf8',
);

const runInShell = promisify(execFile);

const started: SampleProcess[] = [];
function start(options?: SampleOptions): SampleProcess {
  const sample = new SampleProcess(options);
  started.push(sample);
  return sample;
}

const emulators: CohereEmulator[] = [];
async function startEmulator(): Promise<CohereEmulator> {
  const emulator = await CohereEmulator.start();
  emulators.push(emulator);
  return emulator;
}

afterEach(() => Promise.all(emulators.splice(0).map((emulator) => emulator.stop())));
afterAll(() => started.forEach((sample) => sample.kill()));

function post(url: string, body?: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

interface SearchAnswer {
  readonly results: readonly {
    readonly id: string;
    readonly title: string;
    readonly text: string;
    readonly category: string;
    readonly relevanceScore: number;
  }[];
  readonly usage: { readonly requests: number; readonly retries: number };
  readonly model: string;
}

const searchAnswer = Joi.object<SearchAnswer>({
  results: Joi.array().items({
    id: Joi.string().required(),
    language: Joi.string().required(),
    title: Joi.string().required(),
    text: Joi.string().required(),
    category: Joi.string().required(),
    relevanceScore: Joi.number().min(0).max(1).required(),
  }),
  usage: Joi.object().required(),
  model: Joi.string().required(),
});

async function search(url: string, query: string, topN?: number): Promise<SearchAnswer> {
  const response = await post(`${url}/search`, { query, ...(topN === undefined ? {} : { topN }) });
  expect(response.status).toBe(200);
  return Joi.attempt(await response.json(), searchAnswer);
}

interface ValidationAnswer {
  readonly statusCode: number;
  readonly error: string;
  readonly message: readonly string[];
}

const validationAnswer = Joi.object<ValidationAnswer>({
  statusCode: Joi.valid(400).required(),
  error: Joi.valid('Bad Request').required(),
  message: Joi.array().items(Joi.string()).required(),
});

async function refusalOf(url: string, body: unknown): Promise<readonly string[]> {
  const response = await post(`${url}/search`, body);
  expect(response.status).toBe(400);
  return Joi.attempt(await response.json(), validationAnswer).message;
}

describe('the sample without a key', () => {
  let sample: SampleProcess;
  let url: string;
  beforeAll(async () => {
    sample = start();
    url = await sample.listening(/To ask Cohere itself/);
  });

  it('prints the address of the page, and what to try on it', () => {
    expect(sample.output).toContain(`Open ${url} in a browser: search, expire the key`);
  });

  it('logs in one line that an emulator ranks', () => {
    const lines = sample.output.split('\n').filter((line) => line.includes('emulator of Cohere'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^No COHERE_API_KEY is set: .* on http:\/\/127\.0\.0\.1:\d+ ranks/);
  });

  it('logs no warning on start', () => {
    expect(sample.output).not.toMatch(/WARN|ERROR|deprecat/i);
  });

  it.each([
    ['locked out after entering the wrong password too many times', 'account-locked'],
    ['timer ran all night, how do I correct the hours', 'forgot-to-stop-timer'],
    ['how long until a card payment is paid out to my bank account', 'payout-timing'],
    ['change the credit card for my Fernbill subscription', 'update-subscription-card'],
    ['API answers 429 too many requests', 'api-rate-limits'],
    ['パスワードを忘れてログインできない', 'ja-reset-password'],
    ['ลูกค้าหักภาษี ณ ที่จ่าย ต้องบันทึกการชำระเงินอย่างไร', 'th-withholding-tax'],
    ['Wie kann ich eine falsche Rechnung stornieren?', 'de-invoice-cancel'],
  ])('answers "%s" with the right article first', async (query, id) => {
    const { results, usage, model } = await search(url, query);
    expect(results[0]?.id).toBe(id);
    expect(results.map(({ relevanceScore }) => relevanceScore)).toEqual(
      results.map(({ relevanceScore }) => relevanceScore).toSorted((a, b) => b - a),
    );
    expect(usage.requests).toBe(1);
    expect(model).toBe('rerank-v5.0-fast');
  });

  it('ranks all articles when a query shares no word with any', async () => {
    const { results } = await search(url, 'qwxyz', 100);
    expect(results.length).toBeGreaterThan(60);
  });

  it('returns five results by default', async () => {
    expect((await search(url, 'refund a client')).results).toHaveLength(5);
    expect((await search(url, 'refund a client', 2)).results).toHaveLength(2);
  });

  it('finds the fix for its revoked key, and recovers without a restart', async () => {
    await search(url, 'refund');
    expect((await post(`${url}/emulator/key/revoke`)).status).toBe(200);

    const response = await post(`${url}/search`, { query: 'refund' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="cohere"');
    expect(await response.json()).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: expect.stringMatching(/\S/),
      code: 'COHERE_API_KEY_REJECTED',
      fix: expect.arrayContaining([expect.stringMatching(/\S/)]),
      docs: expect.stringContaining('#cohere_api_key_rejected'),
    });

    expect((await post(`${url}/emulator/key/restore`)).status).toBe(200);
    expect((await search(url, 'refund')).results[0]?.id).toBe('refund-payment');
  });

  it.each([
    ['a blank query', { query: '   ' }, '"query" is not allowed to be empty'],
    ['no query', { topN: 3 }, '"query" is required'],
    ['a query that is no string', { query: 7 }, '"query" must be a string'],
    ['topN of 0', { query: 'a', topN: 0 }, '"topN" must be greater than or equal to 1'],
    ['topN of 101', { query: 'a', topN: 101 }, '"topN" must be less than or equal to 100'],
    ['half a topN', { query: 'a', topN: 1.5 }, '"topN" must be an integer'],
    ['topN as text', { query: 'a', topN: '3' }, '"topN" must be a number'],
    ['a misspelt field', { query: 'a', top_n: 3 }, '"top_n" is not allowed'],
    ['a list', [], '"body" must be of type object'],
    ['no body', undefined, '"query" is required'],
  ])('refuses %s with 400 and the reason', async (_name, body, reason) => {
    expect((await refusalOf(url, body)).join('\n')).toContain(reason);
  });

  it('names every problem of a request at once', async () => {
    expect(await refusalOf(url, { query: '', topN: 0 })).toHaveLength(2);
  });

  it('shows its OpenAPI page, with the 401 and its fix', async () => {
    const page = await fetch(`${url}/docs`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('Fernbill help centre search');

    const json = await fetch(`${url}/docs-json`);
    expect(await json.json()).toMatchObject({
      paths: {
        '/search': {
          post: {
            responses: {
              200: expect.anything(),
              400: expect.anything(),
              401: { headers: { 'WWW-Authenticate': expect.anything() } },
            },
          },
        },
        '/emulator/key/{action}': expect.anything(),
      },
      components: { schemas: { CohereErrorDto: { properties: { fix: { type: 'array' } } } } },
    });
  });

  it('prints commands that work as they are pasted', async () => {
    const commands = sample.output.split('\n').filter((line) => line.startsWith('  curl '));
    const answers: string[] = [];
    for (const command of commands) {
      answers.push((await runInShell('sh', ['-c', command])).stdout);
    }
    expect(answers).toEqual([
      expect.stringContaining('"id": "lost-phone-two-factor"'),
      expect.stringContaining('"key": "revoked"'),
      expect.stringMatching(/^HTTP\/1\.1 401 [^]*"fix": \[/),
      expect.stringContaining('"key": "active"'),
      expect.stringContaining('"id": "lost-phone-two-factor"'),
    ]);
  });

  it('answers the command of its README', async () => {
    const command = /```sh\n(?<command>curl [^`]+)```/.exec(readme)?.groups?.['command'] ?? '';
    const { stdout } = await runInShell('sh', ['-c', command.replace('localhost:3000', url)]);
    expect(stdout).toContain('"id": "lost-phone-two-factor"');
  });

  it('has every route that its README names, and names those it has', async () => {
    const { paths } = Joi.attempt(
      await (await fetch(`${url}/docs-json`)).json(),
      Joi.object({ paths: Joi.object().required() }).unknown(),
    );
    const named = [...readme.matchAll(/^\| `(?<method>GET|POST) (?<path>\/\S*)`/gm)].map(
      ({ groups }) => groups?.['path'],
    );
    expect(new Set(named)).toEqual(new Set(['/', '/docs', ...Object.keys(paths)]));
  });

  it('prints no key, and ends cleanly on a signal', async () => {
    const { active } = (await startEmulator()).keys;
    const answer = await post(`${url}/search`, { query: 'refund' });
    expect(await answer.text()).not.toContain(active);
    expect(await sample.stop()).not.toBe(1);
    expect(sample.output).not.toContain(active);
  });
});

describe('the sample with a key', () => {
  it('uses the Cohere of COHERE_BASE_URL, and mounts no emulator routes', async () => {
    const emulator = await startEmulator();
    const sample = start({
      environment: { COHERE_API_KEY: emulator.keys.active, COHERE_BASE_URL: emulator.url },
    });
    const url = await sample.listening();
    expect((await search(url, 'refund a client')).results[0]?.id).toBe('refund-payment');
    expect(emulator.requests.some(({ path }) => path === '/v2/rerank')).toBe(true);
    for (const action of ['expire', 'revoke', 'restrict', 'restore']) {
      expect((await post(`${url}/emulator/key/${action}`)).status).toBe(404);
    }
    expect(sample.output).not.toContain('emulator of Cohere');
    expect(sample.output).not.toContain(emulator.keys.active);
  });

  it('checks the key once for any number of pages', async () => {
    const emulator = await startEmulator();
    const sample = start({
      environment: {
        COHERE_API_KEY: emulator.keys.active,
        COHERE_BASE_URL: emulator.url,
        COHERE_STARTUP_CHECK: 'off',
      },
    });
    const url = await sample.listening();
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => (await fetch(`${url}/status`)).json()),
    );
    expect(answers).toEqual(
      Array.from({ length: 5 }, () => ({ ranker: 'cohere', key: { verdict: 'valid' } })),
    );
    expect(emulator.requests.map(({ path }) => path)).toEqual(['/v1/check-api-key']);
  });

  it('also explains a search by a model without passages', async () => {
    const sample = start({ environment: { COHERE_RERANK_MODEL: 'rerank-v3.5' } });
    const url = await sample.listening();
    const response = await post(`${url}/search`, { query: 'refund', topN: 1, explain: true });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      results: [expect.not.objectContaining({ passages: expect.anything() })],
      model: 'rerank-v3.5',
      explanation: { candidates: expect.arrayContaining([expect.anything()]) },
    });
  });

  it('takes the key from .env', async () => {
    const emulator = await startEmulator();
    const workingDirectory = emptyFolder();
    writeFileSync(
      join(workingDirectory, '.env'),
      `COHERE_API_KEY=${emulator.keys.active}\nCOHERE_BASE_URL=${emulator.url}\n`,
    );
    const sample = start({ workingDirectory });
    await sample.listening();
    expect(sample.output).not.toContain('emulator of Cohere');
    await emulator.waitForRequests(1);
  });

  it('ends with 77 and the fix when Cohere rejects the key', async () => {
    const { url } = await startEmulator();
    const sample = start({ environment: { COHERE_API_KEY: CANARY, COHERE_BASE_URL: url } });
    expect(await sample.exitCodeOfFailedBoot()).toBe(77);
    expect(sample.output).toContain('COHERE_API_KEY_REJECTED');
    expect(sample.output).toMatch(/Fix +1\. \S/);
    expect(sample.output).not.toContain('Listening');
    expect(sample.output).not.toContain(CANARY);
  });

  it.each([
    ['in the environment', { environment: { COHERE_API_KEY: '' } }],
    ['in .env', { workingDirectory: folderWithEmptyKey() }],
  ])('treats a key that is set but empty %s as a mistake', async (_name, options) => {
    const sample = start(options);
    expect(await sample.exitCodeOfFailedBoot()).toBe(78);
    expect(sample.output).toContain('COHERE_API_KEY_MISSING');
    expect(sample.output).not.toContain('emulator of Cohere');
    expect(sample.output).not.toContain('Listening');
  });
});

function folderWithEmptyKey(): string {
  const folder = emptyFolder();
  writeFileSync(join(folder, '.env'), 'COHERE_API_KEY=\n');
  return folder;
}
