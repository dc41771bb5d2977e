'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');

/** @returns the TypeScript of the project, if its parser can be used, and what is worth saying about the project */
function loadProject(root) {
  const requireThere = createRequire(path.join(root, 'package.json'));
  const ts = load(requireThere, 'typescript');
  const major = (name) =>
    Number.parseInt(load(requireThere, `${name}/package.json`)?.version ?? '', 10);
  const mismatch = major('@nestjs/core') === 11 && major('@nestjs/config') >= 12;
  return {
    // TypeScript 7 has no such interface.
    ts: typeof ts?.createSourceFile === 'function' ? ts : undefined,
    hints: mismatch
      ? [
          '@nestjs/config 12 is ESM only, and Jest on Nest 11 cannot load it: run npm install @nestjs/config@4.',
        ]
      : [],
  };
}

function load(requireThere, name) {
  try {
    return requireThere(name);
  } catch {
    return undefined;
  }
}

module.exports = { loadProject };
