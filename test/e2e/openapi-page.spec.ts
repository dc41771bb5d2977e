import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder } from './support/run-app.js';
import { SampleProcess } from './support/sample-process.js';

const CHROMIUM = 'chromium';
const isInstalled = spawnSync(CHROMIUM, ['--version']).status === 0;
// .ci/run installs it, so in CI its absence is a failure.
const isNeeded = process.env['CI'] === 'true';

if (!isInstalled && !isNeeded) {
  console.warn('skipped: the test of the OpenAPI page needs chromium (apt-get install chromium)');
}

describe.skipIf(!isInstalled && !isNeeded)('the OpenAPI page in a browser', () => {
  let sample: SampleProcess;
  let url = '';

  beforeAll(async () => {
    sample = new SampleProcess();
    url = await sample.listening();
  });
  afterAll(() => sample.stop());

  it('shows the search and its 401', async () => {
    const { stdout: page } = await promisify(execFile)(
      CHROMIUM,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--user-data-dir=${emptyFolder()}`,
        '--virtual-time-budget=10000',
        '--dump-dom',
        `${url}/docs`,
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    // Written into the page by its script, so a browser really ran it.
    expect(page).toContain('opblock-post');
    expect(page).toMatch(/data-path="\/search"/);
    expect(page).toContain('401');
  });
});
