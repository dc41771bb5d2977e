import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { installAlone } from './install-nest.mjs';
import { readmeInstalls } from './readme-snippets.mjs';

const MAX_PACKAGES = 8;
const MAX_BYTES = 5_000_000;
/** What the app has, or decides on, without us. */
const OF_THE_APP = /^(?:@nestjs\/|joi$|rxjs$|reflect-metadata$)/;

/** What the README's install line adds to an app that has Nest, @nestjs/config and joi. */
export function checkInstallCost() {
  const line = readmeInstalls();
  if (!line.includes('nestjs-cohere')) {
    throw new Error('README.md has no line that starts with npm install nestjs-cohere');
  }
  const others = line.filter((name) => name !== 'nestjs-cohere' && !OF_THE_APP.test(name));
  const modules = join(installAlone(others), 'node_modules');
  const packages = readdirSync(modules, { recursive: true }).filter((path) =>
    /(?:^|node_modules\/)(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path),
  );
  const bytes = readdirSync(modules, { recursive: true })
    .map((path) => statSync(join(modules, path)))
    .filter((entry) => entry.isFile())
    .reduce((sum, { size }) => sum + size, 0);
  if (packages.length > MAX_PACKAGES || bytes > MAX_BYTES) {
    throw new Error(`${packages.length} packages, ${bytes} bytes: ${packages.join(', ')}`);
  }
  return `${packages.length} packages, ${(bytes / 1e6).toFixed(1)} MB`;
}
