import { CohereEmulator } from 'nestjs-cohere/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputOf, readmeCommands, startScript } from '../support/sample-readme.js';
import { SampleProcess } from '../support/sample-process.js';

const SAMPLE = '02-tenant-keys';

describe('sample/02-tenant-keys', () => {
  let sample: SampleProcess;
  let url = '';

  beforeAll(async () => {
    sample = new SampleProcess({ sample: SAMPLE });
    url = await sample.listening();
  });

  afterAll(() => sample.kill());

  const search = (tenant: string, body: unknown) =>
    fetch(`${url}/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tenant': tenant },
      body: JSON.stringify(body),
    });
  const bringKey = (tenant: string, key: string) =>
    fetch(`${url}/tenants/${tenant}/key`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });

  it('every command of its README does what the README says', async () => {
    const [start, ...commands] = readmeCommands(SAMPLE);
    expect(start).toBe('npm run start:02');
    expect(startScript('start:02')).toBe(`node sample/${SAMPLE}/dist/main.js`);
    const outputs: string[] = [];
    for (const command of commands) {
      outputs.push(await outputOf(command, url));
    }
    expect(outputs).toEqual([
      expect.stringMatching(/"results":\[\{.*Send an invoice/),
      expect.stringMatching(/"statusCode":422.*COHERE_API_KEY_EXPIRED.*"fix":\[/),
      expect.stringMatching(/COHERE_API_KEY_MALFORMED.*"fix":\[/),
      expect.stringMatching(/"statusCode":422.*COHERE_API_KEY_REJECTED.*"fix":\[/),
      '',
      expect.stringMatching(/"results":\[\{.*Send an invoice/),
    ]);
  });

  it("takes a tenant's key into use when Cohere accepts it, and prints no key", async () => {
    const emulator = await CohereEmulator.start();
    await emulator.stop();
    const response = await bringKey('umbrella', emulator.keys.trial);
    expect(await response.json()).toEqual({ tenant: 'umbrella', key: 'valid' });
    const found = await search('umbrella', { query: 'invoice', documents: ['Send an invoice'] });
    expect(found.status).toBe(200);
    expect(sample.output).not.toContain(emulator.keys.trial);
    expect(sample.output).not.toContain(emulator.keys.expired);
  });

  it('answers errors that are not about Cohere in its own form', async () => {
    const invalid = await search('acme', { query: '' });
    expect(invalid.status).toBe(400);
    expect(await invalid.json()).toMatchObject({ error: { statusCode: 400 }, path: '/search' });
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });
});

describe("sample/02-tenant-keys with a key of the app's own", () => {
  it('shows tenants the fix of their key, and no host of the app', async () => {
    const emulator = await CohereEmulator.start();
    const sample = new SampleProcess({
      sample: SAMPLE,
      environment: { COHERE_API_KEY: emulator.keys.active, COHERE_BASE_URL: emulator.url },
    });
    try {
      const url = await sample.listening();
      const bring = async (key: string) => {
        const response = await fetch(`${url}/tenants/initech/key`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ key }),
        });
        return { status: response.status, text: await response.text() };
      };
      for (const key of [emulator.keys.revoked, emulator.keys.expired, 'Bearer abc']) {
        const { status, text } = await bring(key);
        expect(status).toBe(422);
        expect(text).toMatch(/"fix":\["[^"]*key/i);
        expect(text).not.toMatch(/127\.0\.0\.1|COHERE_BASE_URL|apiKey option/);
        expect(text).not.toContain(key);
      }
    } finally {
      sample.kill();
      await emulator.stop();
    }
  });

  it('shows only a code when that key fails, with 502 instead of 401', async () => {
    const emulator = await CohereEmulator.start();
    const sample = new SampleProcess({
      sample: SAMPLE,
      environment: { COHERE_API_KEY: emulator.keys.active, COHERE_BASE_URL: emulator.url },
    });
    try {
      const url = await sample.listening();
      emulator.setKey(emulator.keys.active, 'revoked');
      const response = await fetch(`${url}/search`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'invoice', documents: ['Send an invoice'] }),
      });
      expect(response.status).toBe(502);
      expect(await response.json()).toEqual({
        error: {
          statusCode: 502,
          error: 'Bad Gateway',
          message: 'Bad Gateway',
          code: 'COHERE_API_KEY_REJECTED',
        },
        path: '/search',
      });
      expect(sample.output).toContain('COHERE_API_KEY_REJECTED');
    } finally {
      sample.kill();
      await emulator.stop();
    }
  });
});
