import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { classifyResponse } from '../../../lib/diagnosis/classify-response.js';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { createError } from '../../../lib/diagnosis/errors.js';
import { renderGithubAnnotation } from '../../../lib/diagnosis/render/render-github-annotation.js';
import { renderJson } from '../../../lib/diagnosis/render/render-json.js';
import { renderReport, renderTerminal } from '../../../lib/diagnosis/render/render-report.js';
import { renderTerminationLog } from '../../../lib/diagnosis/render/render-termination-log.js';
import { toHttpException } from '../../../lib/filter/to-http-exception.js';
import { json, RERANK } from './fixtures.js';

const HOSTILE = [
  '\u001b[2Jcleared',
  'a\u0007\u0008\u009b31m',
  'bidi \u202e\u2066 text\u2069',
  'zero\u200b\u200d\ufeff\u2060width',
  'line\nfeed\r\u2028and\u2029more',
  '##vso[task.setvariable variable=x]y',
  "a ##teamcity[publishArtifacts 'x']",
  '::error file=x::y',
  'a\n::set-output name=x::y',
  '##[command]x',
  '#\u200b#vso[a]',
  ':\u200b:error::x',
];

/** Commands where a line may begin, and characters that a terminal acts on. */
const ACTS = /##\w*\[|(?:^|\s|")::[a-z]|[\p{Cc}\p{Cf}\u2028\u2029]/iu;

const PLACES: readonly (readonly [string, (text: string) => Diagnosis])[] = [
  ['a title', (title) => createDiagnosis('COHERE_CONFIG_INVALID', { title, detail: '' })],
  ['what was found', (detail) => createDiagnosis('COHERE_CONFIG_INVALID', { detail })],
  ['the name of a file', (key) => createDiagnosis('COHERE_API_KEY_REJECTED', { detail: '', key })],
  ['a step', (step) => createDiagnosis('COHERE_CONFIG_INVALID', { detail: '', fix: [step] })],
  [
    'a step for clients',
    (step) => createDiagnosis('COHERE_CONFIG_INVALID', { detail: '', clientFix: [step] }),
  ],
  ['an upstream', (message) => classifyResponse(json(500, message), RERANK)],
];

const OUTPUTS: readonly (readonly [string, (diagnosis: Diagnosis) => string])[] = [
  ['the report', (diagnosis) => renderReport([diagnosis, diagnosis])],
  [
    'the terminal',
    (diagnosis) => renderTerminal([diagnosis], { color: false, width: 60, unicode: true }),
  ],
  ['the JSON line', (diagnosis) => renderJson([diagnosis])],
  [
    'the annotation',
    (diagnosis) => renderGithubAnnotation([diagnosis]).replace(/^::error title=/, ''),
  ],
  ['the termination log', (diagnosis) => renderTerminationLog([diagnosis])],
  ['the answer over HTTP', (diagnosis) => JSON.stringify(toHttpException(createError(diagnosis)))],
  ['the error in JSON', (diagnosis) => JSON.stringify(createError(diagnosis))],
  ['its message', (diagnosis) => createError(diagnosis).message],
  ['the diagnosis itself', (diagnosis) => inspect(diagnosis, { breakLength: Infinity })],
];

describe.each(OUTPUTS)('%s', (_output, render) => {
  it.each(PLACES)('affects no terminal and no build, whatever %s contains', (_place, make) => {
    for (const text of HOSTILE) {
      for (const line of render(make(text)).split('\n')) {
        expect(line).not.toMatch(ACTS);
      }
    }
  });
});
