import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Joi from 'joi';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { withoutChromium } from '../support/chromium.js';
import { SampleProcess } from '../e2e/support/sample-process.js';
import { Playground, QUERY, search } from './support/playground.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const STATES: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
  ['before the first search', () => Promise.resolve()],
  ['with a ranking', showRanking],
  ['with a 401', showProblem],
];

describe.skipIf(withoutChromium)('the look of the playground', () => {
  const playground = new Playground();

  it.each([
    ['light', 1280],
    ['light', 360],
    ['dark', 1280],
    ['dark', 360],
  ] as const)('has no serious barrier in %s mode at %i px', async (colorScheme, width) => {
    const page = await playground.open({ colorScheme, viewport: { width, height: 900 } });
    for (const [state, reach] of STATES) {
      await reach(page);
      expect({ state, barriers: await barriers(page) }).toEqual({ state, barriers: [] });
    }
  });

  it('follows the colours of the system', async () => {
    const light = await playground.open({ colorScheme: 'light' });
    const dark = await playground.open({ colorScheme: 'dark' });
    expect(await brightness(light)).toBeGreaterThan(200);
    expect(await brightness(dark)).toBeLessThan(60);
  });

  it.each([320, 360, 800, 1400, 2560])('never scrolls sideways at %i px', async (width) => {
    const page = await playground.open({ viewport: { width, height: 740 } });
    for (const [, reach] of STATES) {
      await reach(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
        width,
      );
    }
  });

  it('has two columns on a desktop, and the answers come first on a phone', async () => {
    const desktop = await playground.open({ viewport: { width: 1280, height: 900 } });
    await showRanking(desktop);
    const [before, after] = await columns(desktop);
    expect(before.x + before.width).toBeLessThan(after.x);
    const phone = await playground.open({ viewport: { width: 360, height: 740 } });
    await showRanking(phone);
    const [below, above] = await columns(phone);
    expect(above.y + above.height).toBeLessThan(below.y);
  });

  it('brings the outcome into view on a phone', async () => {
    const page = await playground.open({ viewport: { width: 360, height: 640 } });
    await showRanking(page);
    await expect.poll(() => page.evaluate('scrollY'), { timeout: 5_000 }).toBeGreaterThan(0);
  });

  it('shows where the focus is at every stop of the Tab key', async () => {
    // Not reached with the mouse, after which a browser may leave the focus unmarked.
    const page = await playground.open({}, `/?q=${encodeURIComponent(QUERY)}`);
    await page.locator('.after li').first().waitFor();
    await page.keyboard.press('Tab');
    const stops: string[] = [];
    for (;;) {
      const { name, outline } = Joi.attempt(await page.evaluate(FOCUS), focusAnswer);
      if (name === 'BODY') {
        break;
      }
      expect({ name, outline }).toEqual({ name, outline: 'solid' });
      stops.push(name);
      await page.keyboard.press('Tab');
    }
    // Header, form, examples, key states, five candidates that were kept, five articles.
    expect(stops.length).toBeGreaterThan(18);
  });
});

describe('what the playground is served with', () => {
  it('lets no foreign and no inline script run, and names its types', async () => {
    const sample = new SampleProcess();
    try {
      const url = await sample.listening();
      for (const [path, type] of [
        ['/', 'text/html'],
        ['/playground.css', 'text/css'],
        ['/scripts/main.js', 'text/javascript'],
        ['/icon.svg', 'image/svg+xml'],
      ] as const) {
        const response = await fetch(`${url}${path}`);
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toContain(type);
        expect(response.headers.get('x-content-type-options')).toBe('nosniff');
        const policy = response.headers.get('content-security-policy') ?? '';
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("script-src 'self'");
        expect(policy).not.toContain('unsafe');
      }
      expect(await (await fetch(url)).text()).not.toMatch(/<script>|\son\w+=|style=/);
      expect((await fetch(`${url}/docs`)).headers.get('content-security-policy')).toBeNull();
      expect((await fetch(`${url}/../package.json`)).status).toBe(404);
    } finally {
      sample.kill();
    }
  });
});

/** The focused element, and the outline around it or around its box. */
const FOCUS = `(() => {
  const focused = document.activeElement;
  const frame = focused.id === 'query' ? '.box' : 'label';
  const ring = focused.tagName === 'INPUT' ? focused.closest(frame) : focused;
  const name = [focused.tagName, focused.id, focused.textContent.trim()].join(' ').trim();
  return {
    name: focused === document.body ? 'BODY' : name,
    outline: getComputedStyle(ring).outlineStyle,
  };
})()`;

const focusAnswer = Joi.object<{ name: string; outline: string }>({
  name: Joi.string().required(),
  outline: Joi.string().required(),
});

async function showRanking(page: Page): Promise<void> {
  await search(page, QUERY);
  await page.locator('.after li').first().waitFor();
}

async function showProblem(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'Expired' }).click();
  await page.locator('.problem').waitFor();
  await page.locator('.raw summary').click();
}

const axeAnswer = Joi.array<readonly { impact: string; id: string; nodes: readonly string[] }[]>();

/** The serious and critical violations that axe-core finds. */
async function barriers(page: Page): Promise<readonly object[]> {
  await page.evaluate(AXE);
  const found = Joi.attempt(
    await page.evaluate(`axe.run().then(({ violations }) => violations.map(
      ({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) })))`),
    axeAnswer,
  );
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

async function brightness(page: Page): Promise<number> {
  const colour = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
  const parts = colour.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];
  return parts.reduce((sum, part) => sum + part, 0) / 3;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function columns(page: Page): Promise<readonly [before: Box, after: Box]> {
  const nothing = { x: 0, y: 0, width: 0, height: 0 };
  return [
    (await page.locator('.before').boundingBox()) ?? nothing,
    (await page.locator('.after').boundingBox()) ?? nothing,
  ];
}
