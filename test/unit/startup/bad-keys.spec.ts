import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { doctor } from '../../../lib/cli/doctor/doctor.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import { DiagnosedError, problemsOf } from '../../../lib/diagnosis/errors.js';
import { renderReport } from '../../../lib/diagnosis/render/render-report.js';
import { CANARY as KEY } from '../../support/keys.js';

const BAD_KEYS = [
  ['not-set', undefined, 'COHERE_API_KEY_MISSING'],
  ['blank', '   ', 'COHERE_API_KEY_MISSING'],
  ['quoted', `"${KEY}"`, 'COHERE_API_KEY_MALFORMED'],
  ['bearer', `Bearer ${KEY}`, 'COHERE_API_KEY_MALFORMED'],
  ['assignment', `COHERE_API_KEY=${KEY}`, 'COHERE_API_KEY_MALFORMED'],
  ['white-space-inside', `${KEY} ${KEY}`, 'COHERE_API_KEY_MALFORMED'],
  ['line-break-inside', `${KEY}\n${KEY}`, 'COHERE_API_KEY_MALFORMED'],
  ['zero-width-space', `${KEY}\u200b`, 'COHERE_API_KEY_MALFORMED'],
  ['web-address', 'https://api.cohere.com/v2', 'COHERE_API_KEY_MALFORMED'],
  ['template', '${COHERE_API_KEY}', 'COHERE_API_KEY_PLACEHOLDER'],
  ['placeholder', 'your-api-key', 'COHERE_API_KEY_PLACEHOLDER'],
  ['openai', `sk-proj-${KEY}`, 'COHERE_API_KEY_FOREIGN'],
  ['anthropic', `sk-ant-${KEY}`, 'COHERE_API_KEY_FOREIGN'],
] as const;

// Does not exist, and so has no `.env` file. It is as long on each machine, because the report is wrapped.
const workingDirectory = '/tmp/nestjs-cohere-bad-keys-XXXXXX';

function variablesWith(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { COHERE_API_KEY: key };
}

async function bootReport(key: string | undefined): Promise<string> {
  const error: unknown = await resolveConfiguration(
    {},
    { variables: variablesWith(key), workingDirectory },
  ).catch((reason: unknown) => reason);
  const report = error instanceof DiagnosedError ? renderReport(problemsOf(error)) : 'no report';
  return report.replace(workingDirectory, '/tmp/nestjs-cohere-bad-keys');
}

async function doctorReport(key: string | undefined) {
  let output = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += String(chunk);
      done();
    },
  });
  const exitCode = await doctor([], {
    stdout: stream,
    stderr: stream,
    environment: { LANG: 'C.UTF-8', ...variablesWith(key) },
    workingDirectory,
  });
  return { exitCode, output };
}

describe.each(BAD_KEYS)('the report on a key that is %s', (name, key, code) => {
  it('is, word for word, the one in its golden file', async () => {
    const report = await bootReport(key);
    expect(report).toContain(`${code}  `);
    await expect(`${report}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it('has the code the doctor finds', async () => {
    const { exitCode, output } = await doctorReport(key);
    expect(exitCode).toBe(78);
    expect(output).toContain(`${code}  `);
    expect(output).not.toContain(KEY);
  });
});
