import { STATUS_CODES } from 'node:http';
import { CATALOGUE, DIAGNOSIS_CODES, type DiagnosisCode } from '../catalogue.js';
import type { Diagnosis } from '../diagnosis.interface.js';
import { docsUrl } from '../library.js';
import { NETWORK_FAILURE_RULES } from '../network-rules.js';
import { forAnyTarget } from '../request-context.js';
import { RESPONSE_RULES, type ResponseRule } from '../response-rules.js';
import { renderReport } from './render-report.js';

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
  const pages = DIAGNOSIS_CODES.map((code) => renderErrorPage(code, examples.get(code)));
  const table = ['| code | in short | HTTP | exit |', '|---|---|---|---|', ...rows].join('\n');
  return `${[INTRODUCTION, table, ...pages].join('\n\n')}\n`;
}

/** Returns the page of one code, in Markdown that reads well as plain text too. */
export function renderErrorPage(code: DiagnosisCode, example?: Diagnosis): string {
  const entry = CATALOGUE[code];
  const kinds = kindsOfCode(code).map(describeKind);
  return [
    `## ${code}`,
    entry.meaning,
    `Error class \`${entry.error}\`, HTTP ${entry.httpStatus}, exit code ${entry.exitCode}, ${
      entry.retryable ? 'may resolve itself.' : 'needs a change.'
    }`,
    '**What usually leads here**',
    entry.causes.map((cause) => `- ${cause}`).join('\n'),
    '**How to fix it**',
    steps(entry.fix),
    ...(entry.fixElsewhere === undefined
      ? []
      : [
          '**How to fix it on another host**',
          steps(entry.fixElsewhere.map((step) => step.replaceAll('{host}', 'the host'))),
        ]),
    '**What clients of the app read**',
    steps(entry.clientFix),
    ...(kinds.length === 0 ? [] : ['**Which case it is, by what was seen**', kinds.join('\n')]),
    ...(example === undefined
      ? []
      : [
          '**How it looks on the terminal**',
          fenced('text', renderReport([example], { width: 88 })),
          '**How it looks over HTTP**',
          fenced('json', JSON.stringify(httpBody(example), null, 2)),
        ]),
    '**What it means at boot**',
    describeBoot(code),
    '**How to see it**',
    fenced(/^const |^await |^Cohere/.test(entry.reproduce) ? 'ts' : 'sh', entry.reproduce),
    ...(example === undefined ? [`Examples: ${docsUrl(code)}`] : []),
  ].join('\n\n');
}

function steps(texts: readonly string[]): string {
  return texts.map((step, index) => `${index + 1}. ${step}`).join('\n');
}

function describeKind({ seen, title, firstStep }: Kind): string {
  return `- ${seen}: ${title.charAt(0).toUpperCase()}${title.slice(1)}${firstStep === undefined ? '' : ` ${firstStep}`}`;
}

/** Returns the answer of the exception filter; a test compares the two. */
function httpBody(diagnosis: Diagnosis): object {
  const { httpStatus } = diagnosis;
  const { title, clientTitle = title, code, clientFix: fix, docs } = diagnosis;
  const error = STATUS_CODES[httpStatus] ?? 'Error';
  return { statusCode: httpStatus, error, message: clientTitle, code, fix, docs };
}

function describeBoot(code: DiagnosisCode): string {
  const { boot, bootCondition, exitCode } = CATALOGUE[code];
  if (boot === 'warns') {
    return `At boot the app warns and starts: this says nothing certain about the key. With \`onUnreachable: 'fail'\` it does not start, and \`failBoot\` ends it with exit code ${exitCode}.`;
  }
  return `${bootCondition ?? 'At boot'} the app does not start, and \`failBoot\` ends it with exit code ${exitCode}.`;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** One cause of a code with its own title and first step. */
export interface Kind {
  /** `HTTP 404`, or the codes of Node, OpenSSL and undici. */
  readonly seen: string;
  readonly title: string;
  readonly firstStep: string | undefined;
}

/** Returns the cases that the rules distinguish under one code, so that readers can find theirs. */
export function kindsOfCode(code: DiagnosisCode): readonly Kind[] {
  return [
    ...RESPONSE_RULES.filter((rule) => rule.code === code).flatMap(responseKind),
    ...NETWORK_FAILURE_RULES.filter((rule) => (rule.code ?? 'COHERE_UNREACHABLE') === code).map(
      ({ codes, title, fix }): Kind => ({
        seen: codes.join(', '),
        title: forAnyTarget(title) ?? '',
        firstStep: forAnyTarget(fix)?.[0],
      }),
    ),
  ];
}

function responseKind({ status, title, fix }: ResponseRule): readonly Kind[] {
  if (status === undefined || title === undefined) {
    return [];
  }
  const statuses = 'from' in status ? `${status.from}–${status.to}` : status.join(', ');
  const described = forAnyTarget(title) ?? '';
  return [{ seen: `HTTP ${statuses}`, title: described, firstStep: forAnyTarget(fix)?.[0] }];
}
