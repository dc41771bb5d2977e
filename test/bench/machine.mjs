import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';
import { PEERS } from './peers.mjs';

const OWN = ['cohere-ai', 'undici', '@nestjs/core', '@nestjs/config', 'joi'];

export function describeMachine() {
  return {
    node: process.versions.node,
    cpu: cpus()[0]?.model ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${type()} ${release()}`,
  };
}

export function loadAverage() {
  return loadavg()[0].toFixed(2);
}

export function describeVersions() {
  const { '@langchain/cohere': langchain, ai, '@ai-sdk/cohere': aiSdk } = PEERS;
  return {
    ...Object.fromEntries(OWN.map((name) => [name, installedVersion(name)])),
    '@langchain/cohere': langchain,
    ai,
    '@ai-sdk/cohere': aiSdk,
  };
}

/** Not every package lets its package.json be imported, so it is looked for on disk. */
function installedVersion(name) {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  while (folder !== dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (manifest.name === name) {
        return manifest.version;
      }
    } catch {
      // No package.json here: one folder up.
    }
    folder = dirname(folder);
  }
  return 'unknown';
}
