import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

// `expectTypeOf` says nothing while tests run; only the type checker does.
it('the types are as the specs expect', { timeout: 60_000 }, () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      path('node_modules/typescript-7/bin/tsc'),
      '-p',
      path('test/tsconfig.json'),
      '--noEmit',
      '--pretty',
      'false',
    ],
    { encoding: 'utf8' },
  );

  expect(stdout).toBe('');
  expect(status).toBe(0);
});
