import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ApiKeyOption } from '../../../lib/config/settings.js';
import { renderGithubAnnotation } from '../../../lib/diagnosis/render/render-github-annotation.js';
import { renderJson } from '../../../lib/diagnosis/render/render-json.js';
import { renderTerminationLog } from '../../../lib/diagnosis/render/render-termination-log.js';
import { CANARY, everyView, traces } from './traces.js';
import { cohereEnvSchema } from '../../../lib/config/cohere-env.schema.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import { DiagnosedError, problemsOf } from '../../../lib/diagnosis/errors.js';
import { renderReport, renderTerminal } from '../../../lib/diagnosis/render/render-report.js';
import { withBootReport } from '../../../lib/startup/boot-report.js';

const half = CANARY.length / 2;
const BAD_KEYS = [
  `"${CANARY}"`,
  `'${CANARY}'`,
  `“${CANARY}”`,
  `\`${CANARY}`,
  `Bearer ${CANARY}`,
  `Authorization: Bearer ${CANARY}`,
  `COHERE_API_KEY=${CANARY}`,
  `export COHERE_API_KEY="${CANARY}"`,
  `${CANARY} ${CANARY}`,
  `${CANARY.slice(0, half)}\n${CANARY.slice(half)}`,
  `${CANARY.slice(0, half)}\u200b${CANARY.slice(half)}`,
  `${CANARY.slice(0, half)}\0${CANARY.slice(half)}`,
  `${CANARY}\ufeff`,
  `${CANARY}’`,
  `https://user:${CANARY}@api.cohere.com`,
  `<${CANARY}>`,
  `{{${CANARY}}}`,
  `sk-${CANARY}`,
  `sk-ant-${CANARY}`,
  `eyJhbGciOiJIUzI1NiJ9.${CANARY}.${CANARY}`,
];

const folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-canary-'));

function file(content: string): string {
  const path = join(folder, `key-${Math.random()}`);
  writeFileSync(path, content);
  return path;
}

async function failure(apiKey: ApiKeyOption | undefined, variables: Record<string, string> = {}) {
  const error: unknown = await resolveConfiguration(
    { apiKey },
    { variables, workingDirectory: folder },
  ).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DiagnosedError)) {
    throw new TypeError('nothing was thrown');
  }
  return error;
}

function everyRendering(error: DiagnosedError): string {
  const problems = problemsOf(error);
  return [
    renderReport(problems),
    renderTerminal(problems, { color: true, width: 40, unicode: true }),
    renderJson(problems),
    renderTerminationLog(problems),
    renderGithubAnnotation(problems),
    everyView(error),
    everyView(problems),
    everyView(withBootReport(error, { frame: '    at app.ts:1:1', variables: {} })),
  ].join('\n');
}

describe('a bad key is not shown', () => {
  it.each(BAD_KEYS.map((key, index) => [index, key] as const))(
    'whatever reads it, in form %d',
    async (_index, key) => {
      const failures = await Promise.all([
        failure(undefined, { COHERE_API_KEY: key }),
        failure(undefined, { COHERE_API_KEY_FILE: file(key) }),
        failure(undefined, { COHERE_API_KEY_FILE: key }),
        failure(undefined, { COHERE_API_KEY: key, COHERE_TIMEOUT_MS: key, COHERE_BASE_URL: key }),
        failure(undefined, { COHERE_STARTUP_CHECK: CANARY, COHERE_API_KEY: key }),
        failure(key),
        failure(() => key),
        failure(() => Promise.reject(new Error(`the vault said: ${key}`))),
        failure({ file: file(key) }),
      ]);
      for (const error of failures) {
        expect(traces(everyRendering(error))).toEqual([]);
      }
    },
  );

  it.each(BAD_KEYS.map((key, index) => [index, key] as const))(
    'by the schema for ConfigModule, in form %d',
    (_index, key) => {
      const { error } = cohereEnvSchema.validate(
        { COHERE_API_KEY: key, COHERE_TIMEOUT_MS: CANARY },
        { abortEarly: false, allowUnknown: true },
      );
      expect(error).toBeDefined();
      expect(traces(everyView(error))).toEqual([]);
    },
  );

  it('and the search for it does find it where it is', () => {
    expect(traces(`x ${CANARY} y`)).not.toEqual([]);
    expect(traces(Buffer.from(`Bearer ${CANARY}`).toString('base64'))).not.toEqual([]);
    expect(traces(everyView(new Error('outer', { cause: new Error(CANARY) })))).not.toEqual([]);
  });
});
