import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { SampleProcess, type SampleOptions } from '../../e2e/support/sample-process.js';
import { launchChromium } from '../../support/chromium.js';

/** An example whose best result stands far down before the rerank. */
export const QUERY = 'how do I pay less as a charity or school';

/** The sample and a browser, both for all tests of a suite. */
export class Playground {
  /** Exceptions of the pages, and breaches of the content security policy. */
  readonly complaints: string[] = [];
  readonly #sampleOptions: () => SampleOptions;
  #sample: SampleProcess | undefined;
  #browser: Browser | undefined;
  #url = '';

  constructor(sampleOptions: () => SampleOptions = () => ({})) {
    this.#sampleOptions = sampleOptions;
    beforeAll(async () => {
      this.#sample = new SampleProcess(this.#sampleOptions());
      [this.#url, this.#browser] = await Promise.all([this.#sample.listening(), launchChromium()]);
    });
    afterEach(async () => {
      await Promise.all((this.#browser?.contexts() ?? []).map((context) => context.close()));
      await fetch(`${this.#url}/emulator/key/restore`, { method: 'POST' });
      this.complaints.length = 0;
    });
    afterAll(async () => {
      await this.#browser?.close();
      this.#sample?.kill();
    });
  }

  get url(): string {
    return this.#url;
  }

  /** A page that has loaded; without motion unless `options` ask for it. */
  async open(options: BrowserContextOptions = {}, path = '/'): Promise<Page> {
    const page = await this.openBlank(options);
    await page.goto(`${this.#url}${path}`);
    await page.locator('#key-status:not([data-verdict="unknown"])').waitFor();
    return page;
  }

  /** For a test that gets in between before the page loads. */
  async openBlank(options: BrowserContextOptions = {}): Promise<Page> {
    const browser = this.#browser ?? (await launchChromium());
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|TrustedHTML/i.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
    return page;
  }
}

export async function search(page: Page, query: string): Promise<void> {
  await page.getByRole('searchbox').fill(query);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
}

/** Each text once, without the white space around it. */
export async function textsOf(page: Page, selector: string): Promise<readonly string[]> {
  return (await page.locator(selector).allTextContents()).map((text) => text.trim());
}
