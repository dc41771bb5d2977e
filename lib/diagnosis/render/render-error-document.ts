import { CATALOGUE } from '../catalogue/index.js';
import { DIAGNOSIS_CODES } from '../diagnosis-code.js';
import { renderErrorPage } from './render-error-page.js';

const INTRODUCTION = `# Errors

<!-- Written by \`npm run docs:errors\` from lib/diagnosis/catalogue. Change it there. -->

Everything that can go wrong has one code. The report at boot, the exception filter, the health
indicator and the command line show the same record under it. \`npx nestjs-cohere explain CODE\` prints
a section of this page offline; \`npx nestjs-cohere doctor\` finds out which one applies.

A key is never shown. It is named by where it comes from, its length, and the first 8 hex digits of its
SHA-256: \`printf %s "$COHERE_API_KEY" | sha256sum | cut -c1-8\` shows the same digits for a key you hold.

Exit codes: 78 the configuration must be changed, 77 Cohere refuses the key, 69 Cohere is not available
and a restart may help.`;

/** The whole of docs/errors.md. */
export function renderErrorDocument(): string {
  const rows = DIAGNOSIS_CODES.map((code) => {
    const { title, httpStatus, exitCode } = CATALOGUE[code];
    return `| [${code}](#${code.toLowerCase()}) | ${title} | ${httpStatus} | ${exitCode} |`;
  });
  const table = ['| code | in short | HTTP | exit |', '|---|---|---|---|', ...rows].join('\n');
  return `${[INTRODUCTION, table, ...DIAGNOSIS_CODES.map(renderErrorPage)].join('\n\n')}\n`;
}
