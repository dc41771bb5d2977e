import { join } from 'node:path';
import { currentDirectory, exists } from './read-safely.js';

const RUNNERS = {
  npm: 'npx nestjs-cohere',
  yarn: 'yarn nestjs-cohere',
  pnpm: 'pnpm exec nestjs-cohere',
  bun: 'bunx nestjs-cohere',
} as const;

const LOCK_FILES: readonly (readonly [file: string, manager: keyof typeof RUNNERS])[] = [
  ['yarn.lock', 'yarn'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/** Returns the command that runs this library with the app's package manager: `npx nestjs-cohere`, `yarn nestjs-cohere`. */
export function cliCommand(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  directory: string = currentDirectory(),
): string {
  // Set by the package manager that started the app: `yarn/4.5.0 npm/? node/v20.20.2 linux x64`.
  const [agent = ''] = (environment['npm_config_user_agent'] ?? '').split('/');
  const manager = Object.entries(RUNNERS).find(([name]) => name === agent);
  if (manager !== undefined) {
    return manager[1];
  }
  const [, locked = 'npm'] = LOCK_FILES.find(([file]) => exists(join(directory, file))) ?? [];
  return RUNNERS[locked];
}
