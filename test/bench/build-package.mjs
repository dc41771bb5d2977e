import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built package is what is measured; builds it when it is missing or older than its sources. */
export function buildPackage(log) {
  const built = statSync(join(root, 'dist/cjs/index.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (newestSource() <= built) {
    return;
  }
  log('building the package');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    throw new Error('npm run build failed');
  }
}

function newestSource() {
  const files = readdirSync(join(root, 'lib'), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => statSync(join(root, 'lib', file)).mtimeMs);
  return Math.max(...files);
}
