import { STATUS_CODES } from 'node:http';
import { CATALOGUE } from '../catalogue/index.js';
import { EXIT_CODE } from '../catalogue/catalogue-entry.interface.js';
import type { DiagnosisCode } from '../diagnosis-code.js';
import type { Diagnosis } from '../diagnosis.interface.js';
import { EXAMPLES } from './example-diagnoses.js';
import { kindsOfCode, type Kind } from './kinds-of-code.js';
import { renderReport } from './render-report.js';

/** All that is known of one code, in Markdown that reads well as plain text too. */
export function renderErrorPage(code: DiagnosisCode): string {
  const entry = CATALOGUE[code];
  const example = EXAMPLES[code]();
  const kinds = kindsOfCode(code).map(describeKind);
  return [
    `## ${code}`,
    entry.meaning,
    `Error class \`${entry.error}\`, HTTP ${entry.httpStatus}, exit code ${entry.exitCode}, ${
      entry.retryable ? 'may pass by itself.' : 'stays until something is changed.'
    }`,
    '**What usually leads here**',
    entry.causes.map((cause) => `- ${cause}`).join('\n'),
    '**How to fix it**',
    entry.fix.map((step, index) => `${index + 1}. ${step}`).join('\n'),
    ...(kinds.length === 0 ? [] : ['**Which case it is, by what was seen**', kinds.join('\n')]),
    '**How it looks on the terminal**',
    fenced('text', renderReport([example], { width: 88 })),
    describeBoot(code),
    '**How it looks over HTTP**',
    fenced('json', JSON.stringify(httpBody(example), null, 2)),
    '**How to see it**',
    fenced(/^const |^await |^Cohere/.test(entry.reproduce) ? 'ts' : 'sh', entry.reproduce),
  ].join('\n\n');
}

function describeKind({ seen, title, firstStep }: Kind): string {
  return `- ${seen}: ${title}${firstStep === undefined ? '' : ` ${firstStep}`}`;
}

/** What the exception filter answers; a test compares the two. */
function httpBody({ httpStatus, title, code, fix, docs }: Diagnosis): object {
  const error = STATUS_CODES[httpStatus] ?? 'Error';
  return { statusCode: httpStatus, error, message: title, code, fix, docs };
}

/** Where the code alone does not say when a boot meets it. */
const AT_BOOT: Partial<Record<DiagnosisCode, string>> = {
  COHERE_REQUEST_INVALID: 'It is a matter of one call: no boot fails for it.',
  COHERE_API_KEY_REJECTED: "Unless `startupCheck` is `'off'`, the app does not start",
  COHERE_API_KEY_EXPIRED: "Unless `startupCheck` is `'off'`, the app does not start",
  COHERE_API_KEY_FORBIDDEN:
    "Only `startupCheck: 'rerank'` is sure to find it at boot; then the app does not start",
  COHERE_MODEL_NOT_FOUND: "With `startupCheck: 'model'` or `'rerank'` the app does not start",
};

function describeBoot(code: DiagnosisCode): string {
  const { exitCode } = CATALOGUE[code];
  if (exitCode === EXIT_CODE.unavailable) {
    return `At boot the app warns and starts: this says nothing about the key. With \`onUnreachable: 'fail'\` it does not start, and ends with exit code ${exitCode}.`;
  }
  const sentence = AT_BOOT[code] ?? 'At boot the app does not start';
  return sentence.endsWith('.')
    ? sentence
    : `${sentence}, and with \`failBoot\` it ends with exit code ${exitCode}.`;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
