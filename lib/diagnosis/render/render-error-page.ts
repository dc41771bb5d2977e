import { CATALOGUE, type DiagnosisCode } from '../catalogue.js';
import { docsUrl } from '../library.js';
import type { Operation } from '../operation.interface.js';
import { NETWORK_FAILURE_RULES } from '../network-rules.js';
import { forAnyTarget } from '../request-context.js';
import { RESPONSE_RULES, type ResponseRule } from '../response-rules.js';

/**
 * Returns the page of one code, in Markdown that reads well as plain text too.
 *
 * @param operation the operation that its texts speak of
 * @param examples sections with examples, which only docs/errors.md has
 */
export function renderErrorPage(
  code: DiagnosisCode,
  operation: Operation,
  examples: readonly string[] = [],
): string {
  const entry = CATALOGUE[code];
  const kinds = kindsOfCode(code, operation).map(describeKind);
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
    ...examples,
    '**What it means at boot**',
    describeBoot(code),
    '**How to see it**',
    fenced(/^const |^await |^Cohere/.test(entry.reproduce) ? 'ts' : 'sh', entry.reproduce),
    ...(examples.length === 0 ? [`Examples: ${docsUrl(code)}`] : []),
  ].join('\n\n');
}

function steps(texts: readonly string[]): string {
  return texts.map((step, index) => `${index + 1}. ${step}`).join('\n');
}

function describeKind({ seen, title, firstStep }: Kind): string {
  return `- ${seen}: ${title.charAt(0).toUpperCase()}${title.slice(1)}${firstStep === undefined ? '' : ` ${firstStep}`}`;
}

function describeBoot(code: DiagnosisCode): string {
  const { boot, bootCondition, exitCode } = CATALOGUE[code];
  if (boot === 'warns') {
    return `At boot the app warns and starts: this says nothing certain about the key. With \`onUnreachable: 'fail'\` it does not start, and \`failBoot\` ends it with exit code ${exitCode}.`;
  }
  return `${bootCondition ?? 'At boot'} the app does not start, and \`failBoot\` ends it with exit code ${exitCode}.`;
}

/** Returns a block of code. */
export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** One cause of a code with its own title and first step. */
interface Kind {
  /** `HTTP 404`, or the codes of Node, OpenSSL and undici. */
  readonly seen: string;
  readonly title: string;
  readonly firstStep: string | undefined;
}

/** Returns the cases that the rules distinguish under one code, so that readers can find theirs. */
function kindsOfCode(code: DiagnosisCode, operation: Operation): readonly Kind[] {
  return [
    ...RESPONSE_RULES.filter((rule) => rule.code === code).flatMap((rule) =>
      responseKind(rule, operation),
    ),
    ...NETWORK_FAILURE_RULES.filter((rule) => (rule.code ?? 'COHERE_UNREACHABLE') === code).map(
      ({ codes, title, fix }): Kind => ({
        seen: codes.join(', '),
        title: forAnyTarget(title, operation) ?? '',
        firstStep: forAnyTarget(fix, operation)?.[0],
      }),
    ),
  ];
}

function responseKind({ status, title, fix }: ResponseRule, operation: Operation): readonly Kind[] {
  if (status === undefined || title === undefined) {
    return [];
  }
  const statuses = 'from' in status ? `${status.from}–${status.to}` : status.join(', ');
  const described = forAnyTarget(title, operation) ?? '';
  return [
    { seen: `HTTP ${statuses}`, title: described, firstStep: forAnyTarget(fix, operation)?.[0] },
  ];
}
