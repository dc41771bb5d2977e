// Compiles every sample, in parallel: node tools/build-samples.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const projects = readdirSync(`${root}/sample`)
  .map((name) => `sample/${name}/tsconfig.json`)
  .filter((project) => existsSync(`${root}/${project}`));

const exitCodes = await Promise.all(
  projects.map(async (project) => {
    const compiler = spawn(process.execPath, ['node_modules/typescript-7/bin/tsc', '-p', project], {
      cwd: root,
      stdio: 'inherit',
    });
    const [exitCode] = await once(compiler, 'exit');
    return exitCode;
  }),
);
process.exitCode = exitCodes.every((code) => code === 0) ? 0 : 1;
