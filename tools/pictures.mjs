// Makes the pictures of the README: npm run pictures. With --check it fails when one is stale, and changes nothing.
//
//   docs/images/playground.png    the page of the sample, in a real browser (needs Chromium)
//   docs/images/failed-boot.svg   a boot of the sample that fails, as the terminal shows it
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { failBootOfSample } from './pictures/failed-boot.mjs';
import { photographPlayground, PLAYGROUND_SIZE } from './pictures/playground.mjs';
import { pngSize, recompress } from './pictures/png.mjs';
import { terminalSvg } from './pictures/terminal-svg.mjs';

const FOLDER = fileURLToPath(new URL('../docs/images', import.meta.url));
const FAILED_BOOT = `${FOLDER}/failed-boot.svg`;
const PLAYGROUND = `${FOLDER}/playground.png`;
const MAX_BYTES = 250_000;

if (process.argv.includes('--check')) {
  const problems = [await staleSvg(), wrongPng()].filter((problem) => problem !== undefined);
  for (const problem of problems) {
    console.error(`${problem}. Run: npm run pictures`);
  }
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(FAILED_BOOT, await failedBootSvg());
  writeFileSync(PLAYGROUND, recompress(await photographPlayground()));
  const problem = wrongPng();
  if (problem !== undefined) {
    throw new Error(problem);
  }
}

async function failedBootSvg() {
  const { command, output, exitCode } = await failBootOfSample();
  return terminalSvg({ command, output, exitCode });
}

async function staleSvg() {
  const wanted = await failedBootSvg();
  return read(FAILED_BOOT)?.toString('utf8') === wanted
    ? undefined
    : 'docs/images/failed-boot.svg is not what a failing boot prints';
}

function wrongPng() {
  const picture = read(PLAYGROUND);
  if (picture === undefined) {
    return 'docs/images/playground.png is missing';
  }
  const { width, height } = pngSize(picture);
  if (width !== PLAYGROUND_SIZE.width || height !== PLAYGROUND_SIZE.height) {
    return `docs/images/playground.png is ${width} × ${height}, not ${PLAYGROUND_SIZE.width} × ${PLAYGROUND_SIZE.height}`;
  }
  return picture.length > MAX_BYTES
    ? `docs/images/playground.png has ${picture.length} bytes, more than ${MAX_BYTES}`
    : undefined;
}

function read(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
