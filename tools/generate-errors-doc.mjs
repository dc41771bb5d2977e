// Writes docs/errors.md, with one recorded occurrence of every code: npm run docs:errors
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { recordExamples } = await load('test/unit/diagnosis/record-examples.ts');
const { renderErrorDocument } = await load('test/unit/diagnosis/error-document.ts');
writeFileSync(
  new URL('../docs/errors.md', import.meta.url),
  renderErrorDocument(await recordExamples()),
);

async function load(path) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
  return module;
}
