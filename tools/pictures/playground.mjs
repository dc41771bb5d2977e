import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const MAIN = fileURLToPath(new URL('../../sample/01-rerank-api/dist/main.js', import.meta.url));
const QUERY = 'how do I pay less as a charity or school';

export const PLAYGROUND_SIZE = { width: 1200, height: 1200 };

/** The page of the built sample after a search, as PNG. */
export async function photographPlayground() {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-picture-'));
  const sample = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    return await photograph(await listening(sample));
  } finally {
    sample.kill();
    rmSync(folder, { recursive: true });
  }
}

async function photograph(url) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage({ viewport: PLAYGROUND_SIZE, reducedMotion: 'reduce' });
    // The first call is slower than the rest, which is what the picture is to show.
    for (const _ of [1, 2]) {
      await page.goto(`${url}/?q=${encodeURIComponent(QUERY)}`);
      await page.locator('.after li').first().waitFor();
    }
    return await page.screenshot({ animations: 'disabled' });
  } finally {
    await browser.close();
  }
}

function listening(sample) {
  return new Promise((resolve, reject) => {
    let output = '';
    sample.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      const url = /Listening on (\S+),/.exec(output)?.[1];
      if (url !== undefined) {
        resolve(url);
      }
    });
    sample.once('error', reject);
    sample.once('exit', (code) => reject(new Error(`The sample ended with ${code}:\n${output}`)));
  });
}
