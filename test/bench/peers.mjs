// The libraries we are measured against. They are no dependencies of this repository: they are installed here, into
// .install/, the first time a benchmark runs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./.install/', import.meta.url));
const manifestFile = join(folder, 'package.json');
const installedFile = join(folder, 'installed.json');
const nodeMajor = Number.parseInt(process.versions.node, 10);

export const PEERS = {
  '@langchain/cohere': '1.0.5',
  '@langchain/core': '1.2.13',
  // The AI SDK's newest major needs Node 22.
  ...(nodeMajor >= 22
    ? { ai: '7.0.173', '@ai-sdk/cohere': '4.0.52' }
    : { ai: '6.0.322', '@ai-sdk/cohere': '3.0.63' }),
  zod: '4.6.7',
};

/** Loads from the peers' own tree. */
export const requirePeer = createRequire(manifestFile);

/** Does nothing when the same versions are there already. */
export function installPeers(log) {
  const manifest = `${JSON.stringify({ private: true, dependencies: PEERS }, null, 2)}\n`;
  if (read(installedFile) === manifest) {
    return;
  }
  log('installing the peers into test/bench/.install');
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifestFile, manifest);
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: folder, encoding: 'utf8' },
  );
  if (status !== 0) {
    throw new Error(`npm install of the peers failed:\n${stderr}`);
  }
  // Written last, so that an install that broke off is done again.
  writeFileSync(installedFile, manifest);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
