import {
  CATALOGUE,
  DIAGNOSIS_CODES,
  type DiagnosisCode,
} from '../../../lib/diagnosis/catalogue.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { createError } from '../../../lib/diagnosis/errors.js';
import { fenced, renderErrorPage } from '../../../lib/diagnosis/render/render-error-page.js';
import { renderReport } from '../../../lib/diagnosis/render/render-report.js';
import { toHttpException } from '../../../lib/filter/to-http-exception.js';
import { RERANK } from '../../../lib/rerank/rerank-operation.js';

const INTRODUCTION = `# Errors

<!-- Written by \`npm run docs:errors\` from lib/diagnosis/catalogue. Change it there. -->

Everything that can go wrong has one code. The report at boot, the exception filter, the health
indicator and the command line show the same record under it. \`npx nestjs-cohere explain CODE\` prints
a section of this page offline, without the examples; \`npx nestjs-cohere doctor\` finds out which one applies.

A key is never shown. It is named by where it comes from, its length, and the first 8 hex digits of its
SHA-256: \`printf %s "$COHERE_API_KEY" | sha256sum | cut -c1-8\` shows the same digits for a key you hold.

Exit codes: 78 the configuration must be changed, 77 Cohere refuses the key, 69 Cohere is not available
and a restart may help.`;

/** Returns docs/errors.md, with one recorded occurrence of every code. */
export function renderErrorDocument(examples: ReadonlyMap<DiagnosisCode, Diagnosis>): string {
  const rows = DIAGNOSIS_CODES.map((code) => {
    const { title, httpStatus, exitCode } = CATALOGUE[code];
    return `| [${code}](#${code.toLowerCase()}) | ${title} | ${httpStatus} | ${exitCode} |`;
  });
  const pages = DIAGNOSIS_CODES.map((code) =>
    renderErrorPage(code, RERANK, renderExamples(examples.get(code))),
  );
  const table = ['| code | in short | HTTP | exit |', '|---|---|---|---|', ...rows].join('\n');
  return `${[INTRODUCTION, table, ...pages].join('\n\n')}\n`;
}

/** Shows an occurrence on a terminal, and as the exception filter answers it. */
function renderExamples(example: Diagnosis | undefined): string[] {
  if (example === undefined) {
    throw new TypeError('a code has no example');
  }
  const response = toHttpException(createError(example))?.getResponse();
  return [
    '**How it looks on the terminal**',
    fenced('text', renderReport([example], { width: 88 })),
    '**How it looks over HTTP**',
    fenced('json', JSON.stringify(response, null, 2)),
  ];
}
