import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, withoutChromium } from '../support/chromium.js';
import { SampleProcess } from './support/sample-process.js';

describe.skipIf(withoutChromium)('the OpenAPI page in a browser', () => {
  let sample: SampleProcess;
  let url = '';
  let browser: Browser;

  beforeAll(async () => {
    sample = new SampleProcess();
    [url, browser] = await Promise.all([sample.listening(), launchChromium()]);
  });
  afterAll(() => Promise.all([browser.close(), sample.stop()]));

  it('shows the search, and its 401 with the fix', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/docs`);
    const search = page.locator('.opblock-post', {
      has: page.locator('[data-path="/search"]'),
    });
    await search.waitFor();
    const refusal = search.locator('tr.response[data-code="401"]');
    await refusal.waitFor();
    expect(await refusal.textContent()).toContain('COHERE_API_KEY_REJECTED');
  });
});
