import { request } from 'node:http';
import Joi from 'joi';
import type { CohereErrorResponse } from 'nestjs-cohere';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { withoutChromium } from '../support/chromium.js';
import { Playground, QUERY, search, textsOf } from './support/playground.js';

describe.skipIf(withoutChromium)("the emulator's key in the playground", () => {
  const playground = new Playground();

  it.each([
    ['Expired', 'COHERE_API_KEY_EXPIRED', "Emulator's key has expired"],
    ['Revoked', 'COHERE_API_KEY_REJECTED', "Emulator's key is revoked"],
    ['Forbidden', 'COHERE_API_KEY_FORBIDDEN', "Emulator's key may not rerank"],
  ])(
    '%s turns the search into a 401 with its fix; Active brings it back',
    async (name, code, state) => {
      const page = await playground.open();
      await search(page, QUERY);
      await page.locator('.after li').first().waitFor();

      expect(await checkedState(page)).toBe('Active');
      await page.getByRole('radio', { name, exact: true }).focus();
      await page.keyboard.press('Space');
      await page.locator('.problem').waitFor();
      const body = await refusal(playground.url);
      expect(body.code).toBe(code);
      expect(await textsOf(page, '.problem .label')).toEqual(['HTTP 401', code]);
      expect(await page.locator('.problem h2').textContent()).toBe(body.message);
      expect(await textsOf(page, '.problem .fix li')).toEqual(body.fix);
      expect(await page.getByRole('link', { name: /About this error/ }).getAttribute('href')).toBe(
        body.docs,
      );
      expect(await page.locator('.raw pre').textContent()).toContain('WWW-Authenticate: Bearer');
      expect(await page.getByRole('status').textContent()).toContain(body.message);
      expect(await page.locator('#key-status').textContent()).toContain(state);
      expect(await checkedState(page)).toBe(name);

      await page.getByRole('button', { name: 'Restore the key and search again' }).click();
      await page.locator('.after li').first().waitFor();
      expect(await page.locator('.problem').count()).toBe(0);
      expect(await page.locator('#key-status').getAttribute('data-verdict')).toBe('valid');
      expect(await checkedState(page)).toBe('Active');
      expect(playground.complaints).toEqual([]);
    },
  );

  it('can be broken before the first search, and in a row', async () => {
    const page = await playground.open();
    for (const [name, code] of [
      ['Expired', 'COHERE_API_KEY_EXPIRED'],
      ['Revoked', 'COHERE_API_KEY_REJECTED'],
    ] as const) {
      await page.getByRole('radio', { name, exact: true }).check();
      await page.locator('.problem .label', { hasText: code }).waitFor();
    }
    await page.getByRole('radio', { name: 'Active' }).check();
    await page.locator('.after li').first().waitFor();
    expect(await page.locator('.problem').count()).toBe(0);
  });

  it('is shown in its state to a page that is opened later', async () => {
    await fetch(`${playground.url}/emulator/key/revoke`, { method: 'POST' });
    const page = await playground.open();
    expect(await page.locator('#key-status').textContent()).toContain("Emulator's key is revoked");
    expect(await checkedState(page)).toBe('Revoked');
  });

  it('stays as it was when the app is down', async () => {
    const page = await playground.open();
    await page.route('**/emulator/key/*', (route) => route.abort('connectionrefused'));
    await page.getByRole('radio', { name: 'Expired' }).click();
    await page.getByRole('heading', { name: 'The sample app is not responding.' }).waitFor();
    expect(await checkedState(page)).toBe('Active');
  });

  it('may be a trial key, which ranks ten times a minute', async () => {
    const page = await playground.open();
    await page.getByRole('radio', { name: 'Trial' }).check();
    await page.locator('.after li').first().waitFor();
    expect(await page.locator('#key-status').textContent()).toContain('is a trial key');
    for (let searches = 0; searches < 10; searches += 1) {
      await fetch(`${playground.url}/search`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: QUERY }),
      });
    }
    await search(page, QUERY);
    await page.locator('.problem .label', { hasText: 'COHERE_RATE_LIMITED' }).waitFor();
  });

  it('shows unranked results, marked as such, where that option is on', async () => {
    const page = await playground.open();
    await page.getByRole('switch', { name: /original order/ }).check();
    await page.getByRole('radio', { name: 'Revoked' }).check();
    await page.locator('.degraded').waitFor();
    expect(await textsOf(page, '.degraded .label')).toEqual(['COHERE_API_KEY_REJECTED']);
    expect(await textsOf(page, '.degraded .fix li')).toContainEqual(
      expect.stringContaining('COHERE_API_KEY'),
    );
    expect(await page.locator('.after li').count()).toBe(5);
    expect(await textsOf(page, '.move > :first-child')).toEqual(Array(5).fill('='));
    expect(await page.getByRole('status').textContent()).toBe(
      'Not reranked: COHERE_API_KEY_REJECTED.',
    );
    expect(playground.complaints).toEqual([]);

    await page.getByRole('switch', { name: /original order/ }).uncheck();
    await page.locator('.problem .label', { hasText: 'COHERE_API_KEY_REJECTED' }).waitFor();
    expect(await page.locator('.degraded').count()).toBe(0);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
    [
      'a host name that was rebound',
      { host: 'evil.example:3000', origin: 'http://evil.example:3000' },
    ],
  ])('is not changed by a page of %s', async (_name, headers) => {
    expect(await post(`${playground.url}/emulator/key/revoke`, headers)).toBe(403);
    const status: unknown = await (await fetch(`${playground.url}/status`)).json();
    expect(status).toMatchObject({ emulatorKey: 'active' });
  });
});

function checkedState(page: Page): Promise<string> {
  return page.locator('.key-states label:has(:checked)').innerText();
}

/** With headers that `fetch` would not let through. */
function post(url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

const errorBody = Joi.object<CohereErrorResponse>({
  statusCode: Joi.valid(401).required(),
  message: Joi.string().required(),
  fix: Joi.array().items(Joi.string()).min(1).required(),
}).unknown();

async function refusal(url: string): Promise<CohereErrorResponse> {
  const response = await fetch(`${url}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY }),
  });
  return Joi.attempt(await response.json(), errorBody);
}
