import Joi from 'joi';
import type { CohereErrorResponse } from 'nestjs-cohere';
import { describe, expect, it } from 'vitest';
import { withoutChromium } from '../support/chromium.js';
import { Playground, QUERY, search, textsOf } from './support/playground.js';

describe.skipIf(withoutChromium)("the emulator's key in the playground", () => {
  const playground = new Playground();

  it.each([
    ['Expire', 'COHERE_API_KEY_EXPIRED', "Emulator's key has expired"],
    ['Revoke', 'COHERE_API_KEY_REJECTED', "Emulator's key is revoked"],
    ['Forbid rerank', 'COHERE_API_KEY_FORBIDDEN', "Emulator's key may not rerank"],
  ])(
    '%s turns the search into a 401 with its fix; Restore brings it back',
    async (button, code, state) => {
      const page = await playground.open();
      await search(page, QUERY);
      await page.locator('.after li').first().waitFor();

      await page.getByRole('button', { name: button, exact: true }).focus();
      await page.keyboard.press('Enter');
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
      expect(await textsOf(page, '[aria-pressed="true"]')).toEqual([button]);

      await page.getByRole('button', { name: 'Restore the key and search again' }).click();
      await page.locator('.after li').first().waitFor();
      expect(await page.locator('.problem').count()).toBe(0);
      expect(await page.locator('#key-status').getAttribute('data-verdict')).toBe('valid');
      expect(await textsOf(page, '[aria-pressed="true"]')).toEqual(['Restore']);
      expect(playground.complaints).toEqual([]);
    },
  );

  it('can be broken before the first search, and in a row', async () => {
    const page = await playground.open();
    for (const [button, code] of [
      ['Expire', 'COHERE_API_KEY_EXPIRED'],
      ['Revoke', 'COHERE_API_KEY_REJECTED'],
    ] as const) {
      await page.getByRole('button', { name: button, exact: true }).click();
      await page.locator('.problem .label', { hasText: code }).waitFor();
    }
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await page.locator('.after li').first().waitFor();
    expect(await page.locator('.problem').count()).toBe(0);
  });

  it('is shown in its state to a page that is opened later', async () => {
    await fetch(`${playground.url}/emulator/key/revoke`, { method: 'POST' });
    const page = await playground.open();
    expect(await page.locator('#key-status').textContent()).toContain("Emulator's key is revoked");
  });

  it('stays as it was when the app is down', async () => {
    const page = await playground.open();
    await page.route('**/emulator/key/*', (route) => route.abort('connectionrefused'));
    await page.getByRole('button', { name: 'Expire', exact: true }).click();
    await page.getByRole('heading', { name: 'The sample app is not responding.' }).waitFor();
    expect(await textsOf(page, '[aria-pressed="true"]')).toEqual(['Restore']);
  });
});

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
