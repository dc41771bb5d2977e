import { readFileSync } from 'node:fs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/**
 * Reads the snippets of README.md that name their file: in a comment that is their first line, or in backticks on the
 * line before.
 *
 * @returns path to code
 */
export function readmeFiles() {
  const files = {};
  for (const [, before, code] of readme.matchAll(/([^\n]*)\n+```ts[^\n]*\n([^]*?)```/g)) {
    const [, path] = /^\/\/ (\S+\.ts)\b/.exec(code) ?? /`([\w./-]+\.ts)`/.exec(before) ?? [];
    if (path !== undefined) {
      files[path] = code;
    }
  }
  if (Object.keys(files).length === 0) {
    throw new Error('no snippet of README.md begins with its file: // src/app.module.ts');
  }
  return files;
}

/** Reads what the install line of README.md names. */
export function readmeInstalls() {
  const [, line = ''] = /^npm install (nestjs-cohere\b[^#\n]*)/m.exec(readme) ?? [];
  return line.trim().split(/\s+/);
}
