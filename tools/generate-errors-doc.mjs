// Records lib/diagnosis/render/example-diagnoses.ts, then writes docs/errors.md: npm run docs:errors
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { runnerImport } from 'vite';

const EXAMPLES = fileURLToPath(
  new URL('../lib/diagnosis/render/example-diagnoses.ts', import.meta.url),
);
const PAGE = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

const { recordExamples } = await load('test/unit/diagnosis/record-examples.ts');
const source = `import type { DiagnosisCode } from '../catalogue.js';
import type { Diagnosis } from '../diagnosis.interface.js';

/**
 * One occurrence of every code, for docs/errors.md and \`explain\`. Recorded from the code that finds it, by
 * \`npm run docs:errors\`; do not edit.
 */
export const EXAMPLES: Readonly<Record<DiagnosisCode, Diagnosis>> = ${JSON.stringify(await recordExamples())};
`;
writeFileSync(EXAMPLES, await pretty(source, EXAMPLES));

const { renderErrorDocument } = await load('lib/diagnosis/render/render-error-page.ts');
writeFileSync(PAGE, renderErrorDocument());

async function load(path) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
  return module;
}

async function pretty(text, path) {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
