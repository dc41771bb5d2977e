import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Tests that start child processes use the built package; it is built once, when a source is newer. */
export default function buildWhenStale(): void {
  build('build:quick', newest(join(root, 'lib')), join(root, 'dist/index.d.ts'));
  build(
    'build:sample',
    newest(join(root, 'sample')),
    join(root, 'sample/01-rerank-api/dist/main.js'),
  );
}

function build(script: string, sourceTime: number, product: string): void {
  const builtAt = statSync(product, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (sourceTime > builtAt) {
    execFileSync('npm', ['run', '--silent', script], { cwd: root, stdio: 'inherit' });
  }
}

function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules') && !path.includes('/dist/'))
    .reduce((latest, path) => Math.max(latest, statSync(path).mtimeMs), 0);
}
