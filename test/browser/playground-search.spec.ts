import { once } from 'node:events';
import { CohereEmulator } from 'nestjs-cohere/testing';
import Joi from 'joi';
import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SampleProcess } from '../e2e/support/sample-process.js';
import { withoutChromium } from '../support/chromium.js';
import { Playground, QUERY, search, textsOf } from './support/playground.js';
import { explainedSearch } from './support/search-answer.js';

const WIDE = { viewport: { width: 1400, height: 900 } };

const COUNT_FLIGHTS = `
  globalThis.flights = 0;
  const { animate } = Element.prototype;
  Element.prototype.animate = function (...how) {
    flights += 1;
    return animate.apply(this, how);
  };
  void 0;
`;

/** Waits for the animations, and for the observer of sizes. */
const FLIGHTS_END = `
  Promise.all(document.getAnimations().map(({ finished }) => finished))
    .then(() => new Promise(requestAnimationFrame))
    .then(() => undefined)
`;

/** The end of each line, and the place it belongs to: the left edge of its card, and the middle of its rank. */
const LINE_ENDS = `
  [...document.querySelectorAll('.lines path')].map((path, index) => {
    const frame = document.querySelector('.columns').getBoundingClientRect();
    const card = document.querySelectorAll('.after li')[index];
    const rank = card.querySelector('.rank').getBoundingClientRect();
    return {
      path: path.getAttribute('d') ?? '',
      x: card.getBoundingClientRect().left - frame.left,
      y: rank.top + rank.height / 2 - frame.top,
    };
  })
`;
const lineEnds = Joi.array<{ path: string; x: number; y: number }[]>();

/** A ranking of articles that mean harm. */
const HOSTILE =
  '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

describe.skipIf(withoutChromium)('a search in the playground', () => {
  const playground = new Playground();

  it('needs no more than a keyboard', async () => {
    const page = await playground.open(WIDE);
    await page.keyboard.press('Tab');
    expect(await focusedText(page)).toBe('Skip to the search');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('query');
    await page.keyboard.type(QUERY);
    await page.keyboard.press('Enter');
    await page.locator('.after li').first().waitFor();

    await page.locator('.before .jump').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.closest(".after") !== null')).toBe(true);
    await page.locator('.after summary').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('.after details[open] p').waitFor();
    expect(playground.complaints).toEqual([]);
  });

  it('shows each result with its place before and after, and a line between the two', async () => {
    const { results, explanation } = await explainedSearch(playground.url, QUERY);
    const page = await playground.open(WIDE);
    await search(page, QUERY);
    await page.locator('.after li').first().waitFor();

    expect(await textsOf(page, '.after h3')).toEqual(results.map(({ title }) => title));
    expect(await page.locator('.before li').count()).toBe(explanation.candidates.length);
    expect(await textsOf(page, '.move > :first-child')).toEqual(
      results.map(({ id }, index) => {
        const places = explanation.candidates.findIndex((article) => article.id === id) - index;
        return places === 0 ? '=' : `${places > 0 ? '↑' : '↓'} ${Math.abs(places)}`;
      }),
    );
    expect(await page.locator('.lines path[d]').count()).toBe(results.length);
    expect(await textsOf(page, '.score .number')).toEqual(
      results.map(({ relevanceScore }) => relevanceScore.toFixed(3)),
    );
  });

  it.each([
    // Five cards and five lines.
    ['moves each result from its old place to the new one', 'no-preference', 10],
    ['puts each result at its new place at once where motion is unwelcome', 'reduce', 0],
  ] as const)('%s', async (_name, reducedMotion, flights) => {
    const page = await playground.open({ ...WIDE, reducedMotion });
    await page.evaluate(COUNT_FLIGHTS);
    await search(page, QUERY);
    await page.locator('.after li').first().waitFor({ state: 'attached' });
    expect(await page.evaluate('flights')).toBe(flights);
  });

  it('draws each line to the place where its result comes to rest', async () => {
    const page = await playground.open({ ...WIDE, reducedMotion: 'no-preference' });
    await search(page, QUERY);
    await page.locator('.after li').first().waitFor();
    await page.evaluate(FLIGHTS_END);
    const lines = Joi.attempt(await page.evaluate(LINE_ENDS), lineEnds);
    expect(lines).toHaveLength(5);
    for (const { path, x, y } of lines) {
      const [endX = NaN, endY = NaN] = path.split(' ').slice(-2).map(Number);
      expect(path).toMatch(/^M[\d.]+ [\d.]+ C/);
      expect(Math.abs(endX - x)).toBeLessThan(2);
      expect(Math.abs(endY - y)).toBeLessThan(2);
    }
  });

  it('highlights the passages that make a result relevant, and nothing else', async () => {
    const { results } = await explainedSearch(playground.url, QUERY);
    const page = await playground.open(WIDE);
    await search(page, QUERY);
    await page.locator('.after li').first().waitFor();
    const [best] = results;
    const expected = best?.passages
      .filter(({ field }) => field === 'text')
      .map(({ start, end }) => best.text.slice(start, end));
    expect(expected?.length).toBeGreaterThan(0);
    expect(await textsOf(page, '#result-1 .excerpt mark')).toEqual(expected);
    expect(await page.locator('#result-1 details p').textContent()).toBe(best?.text);
  });

  it('shows the language of an article', async () => {
    const page = await playground.open();
    await search(page, 'パスワードを忘れた');
    await page.locator('.after li').first().waitFor();
    expect(await page.locator('#result-1 h3').getAttribute('lang')).toBe('ja');
    expect(await page.locator('#result-1 .excerpt').getAttribute('lang')).toBe('ja');
  });

  it('tells what the search cost', async () => {
    const { usage, model } = await explainedSearch(playground.url, QUERY);
    const page = await playground.open(WIDE);
    await search(page, QUERY);
    const facts = (await page.locator('.facts').textContent()) ?? '';
    expect(facts).toContain(`Search units${usage.searchUnits}`);
    expect(facts).toContain(`Input tokens${usage.inputTokens.toLocaleString('en')}`);
    expect(facts).toContain(`Model${model}`);
    expect(facts).toMatch(/Rerank\d+ ms/);
  });

  it('is announced to a screen reader in one sentence', async () => {
    const page = await playground.open();
    await search(page, QUERY);
    await page.locator('.after li').first().waitFor();
    expect(await page.getByRole('status').textContent()).toMatch(
      /^5 of 25 candidates\. Best: .+, number \d+ before the rerank\.$/,
    );
  });

  it('starts from an example, and from a link that holds the query', async () => {
    const page = await playground.open();
    await page.locator('#examples button').first().click();
    await page.locator('.after li').first().waitFor();
    const query = new URL(page.url()).searchParams.get('q');
    expect(query).toBe(await page.getByRole('searchbox').inputValue());

    const linked = await playground.open({}, `/?q=${encodeURIComponent('refund a client')}`);
    await linked.locator('.after li').first().waitFor();
    expect(await linked.getByRole('searchbox').inputValue()).toBe('refund a client');
  });

  it('is replaced by the next one, and its late response is not shown', async () => {
    const page = await playground.open();
    const aborted: Request[] = [];
    page.on('requestfailed', (request) => aborted.push(request));
    const turn = new AbortController();
    const released = once(turn.signal, 'abort');
    await page.route('**/search', async (route) => {
      if (route.request().postData()?.includes('refund') === true) {
        await released;
      }
      await route.continue().catch(() => undefined);
    });
    await search(page, 'refund a client');
    await search(page, QUERY);
    await page.locator('.after li').first().waitFor();
    const shown = await textsOf(page, '.after h3');
    turn.abort();
    await page.waitForTimeout(100);
    expect(await textsOf(page, '.after h3')).toEqual(shown);
    expect(aborted.map((request) => request.postData())).toEqual([
      expect.stringContaining('refund'),
    ]);
    expect(await page.locator('#waiting').isVisible()).toBe(false);
  });

  it('shows that it is still waiting when the answer is slow', async () => {
    const page = await playground.open();
    await page.route('**/search', () => undefined);
    await search(page, QUERY);
    await page.getByText('Searching…').waitFor();
    await page.locator('#waiting').getByText('Still waiting for the ranking…').waitFor();
    expect(await page.getByRole('status').textContent()).toContain('Still waiting');
  });

  it('shows that nothing matches when there are no results', async () => {
    const page = await playground.open();
    await page.route('**/search', (route) =>
      route.fulfill({ json: answer({ results: [], candidates: [] }) }),
    );
    await search(page, 'nothing');
    await page.getByRole('heading', { name: 'Nothing matches.' }).waitFor();
    expect(await page.getByRole('status').textContent()).toBe('No results.');
  });

  it('shows hostile articles, queries and errors as text', async () => {
    const page = await playground.open({}, `/?q=${encodeURIComponent(HOSTILE)}`);
    await page.locator('#outcome .ranked').waitFor();
    const article = { id: HOSTILE, language: HOSTILE, title: HOSTILE, category: HOSTILE };
    await page.route('**/search', (route) =>
      route.fulfill({
        json: answer({
          results: [{ ...article, text: HOSTILE, relevanceScore: 1, passages: [] }],
          candidates: [{ ...article, wordScore: 1 }],
        }),
      }),
    );
    await search(page, HOSTILE);
    await page.locator('.after h3').getByText(HOSTILE).waitFor();
    await page.unroute('**/search');
    await page.route('**/search', (route) =>
      route.fulfill({
        status: 401,
        json: { message: HOSTILE, code: HOSTILE, fix: [HOSTILE], docs: 'javascript:alert(1)' },
      }),
    );
    await search(page, 'refund');
    await page.locator('.problem h2').getByText(HOSTILE).waitFor();
    expect(await page.locator('main img, main script, main a[href^="javascript"]').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
    expect(playground.complaints).toEqual([]);
  });

  it('shows the fix when the app is down, and works again once it is back', async () => {
    const first = new SampleProcess();
    const url = await first.listening();
    const page = await playground.openBlank();
    await page.goto(url);
    await page.locator('#emulator').waitFor();
    first.kill();
    await first.exited();
    await search(page, QUERY);
    await page.getByRole('heading', { name: 'The sample app is not responding.' }).waitFor();
    expect(await page.locator('.fix').textContent()).toContain('npm start');

    const second = new SampleProcess({ environment: { PORT: new URL(url).port } });
    await second.listening();
    await page.getByRole('button', { name: 'Search again' }).click();
    await page.locator('.after li').first().waitFor();
    expect(await page.locator('.problem').count()).toBe(0);
    second.kill();
  });

  it('shows a response that is not JSON as received', async () => {
    const page = await playground.open();
    await page.route('**/search', (route) =>
      route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }),
    );
    await search(page, QUERY);
    await page.getByText('HTTP 502').first().waitFor();
    expect(await page.locator('.raw pre').textContent()).toContain('<h1>Bad Gateway</h1>');
  });

  it.each([
    ['longer than allowed', 2_001, 'HTTP 400', 'less than or equal to 2000 characters'],
    ['far too long for a request', 200_000, 'HTTP 413', 'too large'],
  ])('says why a query that is %s is refused', async (_name, length, status, reason) => {
    const page = await playground.open({ viewport: { width: 360, height: 700 } });
    await search(page, 'a'.repeat(length));
    await page.locator('.problem .label', { hasText: status }).waitFor();
    expect(await page.locator('.problem').textContent()).toContain(reason);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  it('asks for a query when there is none', async () => {
    const page = await playground.open();
    await search(page, '   ');
    await page.locator('#query-hint').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('query');
  });
});

describe.skipIf(withoutChromium)('the playground with a key of its own', () => {
  let emulator: CohereEmulator;
  beforeAll(async () => {
    emulator = await CohereEmulator.start();
  });
  const playground = new Playground(() => ({
    environment: { COHERE_API_KEY: emulator.keys.active, COHERE_BASE_URL: emulator.url },
  }));
  afterAll(() => emulator.stop());

  it('tells when to search again, where Cohere says so', async () => {
    const page = await playground.open();
    emulator.fail({ kind: 'status', status: 429, retryAfter: 30 }, { times: Infinity });
    await search(page, QUERY);
    await page.locator('.problem').waitFor();
    emulator.clearFaults();
    expect(await textsOf(page, '.problem .label')).toEqual([
      'HTTP 429',
      'COHERE_RATE_LIMITED',
      'retry after 30 s',
    ]);
  });

  it("has no key buttons, and shows Cohere's verdict on the key", async () => {
    const page = await playground.open();
    expect(await page.locator('#key-status').textContent()).toContain('API key is valid');
    expect(await page.locator('#emulator').isVisible()).toBe(false);

    emulator.setKey(emulator.keys.active, 'revoked');
    await search(page, QUERY);
    await page.locator('.problem').waitFor();
    expect(await page.locator('.problem').textContent()).toContain('COHERE_API_KEY_REJECTED');
    expect(await page.locator('#key-status').getAttribute('data-verdict')).toBe('rejected');
    expect(await page.getByRole('button', { name: /restore/i }).count()).toBe(0);
    expect(await page.content()).not.toContain(emulator.keys.active);
  });
});

function focusedText(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement.textContent');
}

function answer(parts: { results: readonly object[]; candidates: readonly object[] }): object {
  return {
    results: parts.results,
    usage: { requests: 1, retries: 0 },
    model: 'rerank-v5.0-fast',
    explanation: { candidates: parts.candidates, rerankMs: 1 },
  };
}
