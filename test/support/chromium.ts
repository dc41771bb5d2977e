import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));

/** CI installs it, so its absence is a failure there. */
const isNeeded = process.env['CI'] === 'true';

const WITHOUT = 'needs Chromium: apt-get install chromium, or set CHROMIUM_PATH';

/** Whether tests in a browser are skipped; then the reason has been printed. */
export const withoutChromium = executablePath === undefined && !isNeeded;
if (withoutChromium) {
  console.warn(`skipped: every test in a browser ${WITHOUT}`);
}

export function launchChromium(): Promise<Browser> {
  if (executablePath === undefined) {
    throw new Error(`A test in a browser ${WITHOUT}`);
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
