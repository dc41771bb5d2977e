// The package is ESM first; Node reads this file to know that dist/cjs is not.
import { chmodSync, writeFileSync } from 'node:fs';

writeFileSync(new URL('../dist/cjs/package.json', import.meta.url), '{ "type": "commonjs" }\n');
chmodSync(new URL('../dist/cli/main.js', import.meta.url), 0o755);
