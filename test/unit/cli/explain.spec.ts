import { describe, expect, it } from 'vitest';
import { explain } from '../../../lib/cli/explain.js';
import { runCommand } from '../../../lib/cli/run-command.js';
import { CANARY } from '../diagnosis/fixtures.js';
import { recordingIo } from './recording-io.js';
import { EXPLAIN_USAGE } from '../../../lib/cli/usage.js';
import { CATALOGUE, DIAGNOSIS_CODES } from '../../../lib/diagnosis/catalogue.js';
import { renderErrorPage } from '../../../lib/diagnosis/render/render-error-page.js';
import { RERANK } from '../../../lib/rerank/rerank-operation.js';

describe('explain', () => {
  it.each(DIAGNOSIS_CODES)('%s prints its page of docs/errors.md', async (code) => {
    const io = recordingIo();

    expect(await explain([code], io)).toBe(0);
    expect(io.out()).toBe(`${renderErrorPage(code, RERANK)}\n`);
  });

  it.each(['cohere_timeout', 'TIMEOUT', 'timeout', 'cohere-timeout'])(
    'takes %s for COHERE_TIMEOUT',
    async (name) => {
      const io = recordingIo();

      expect(await explain([name], io)).toBe(0);
      expect(io.out()).toMatch(/^## COHERE_TIMEOUT\n/);
    },
  );

  it('lists every code with its title when none is given', async () => {
    const io = recordingIo();

    expect(await explain([], io)).toBe(0);
    const lines = io.out().split('\n');
    for (const code of DIAGNOSIS_CODES) {
      expect(lines).toContainEqual(expect.stringMatching(`^${code} +${CATALOGUE[code].title}$`));
    }
  });

  it.each([
    [['COHERE_API_KEY_EXPRIED'], 'Did you mean COHERE_API_KEY_EXPIRED?'],
    [['api-key-missng'], 'Did you mean COHERE_API_KEY_MISSING?'],
    [['frobnicate'], 'there is no code "frobnicate". Without a code, explain lists all.'],
    [['key'], 'there is no code "key". Without a code, explain lists all.'],
    [['nonsense'], 'there is no code "nonsense". Without a code, explain lists all.'],
    [[CANARY], 'there is no code "[redacted]".'],
    [['--json'], 'explain does not know the option "--json".'],
    [['TIMEOUT', 'BLOCKED'], 'explain takes one code at a time.'],
  ])('%j is one line and exit code 2', async (words, problem) => {
    const io = recordingIo();

    expect(await runCommand(['explain', ...words], io)).toBe(2);
    expect(io.err()).toContain(problem);
    expect(io.err()).toMatch(/^[^\n]+ Usage: nestjs-cohere explain --help\n$/);
    expect(io.out()).toBe('');
  });

  it('--help shows its usage', async () => {
    const io = recordingIo();

    expect(await explain(['--help'], io)).toBe(0);
    expect(io.out()).toBe(EXPLAIN_USAGE);
  });
});
