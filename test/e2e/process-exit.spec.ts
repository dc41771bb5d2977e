import type { RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { answer, answeringServer } from './support/answering-server.js';
import { runApp } from './support/run-app.js';
import { CANARY as KEY } from '../support/keys.js';

const ONE_RERANK = fileURLToPath(new URL('apps/one-rerank.mjs', import.meta.url));
/** A pool keeps idle connections for 30 seconds; timers that are left behind hold a process for minutes. */
const AT_ONCE_MS = 5_000;

const RANKED = answer(200, { results: [{ index: 0, relevance_score: 1 }] });

describe.concurrent('a process ends by itself, at once, after a rerank that', () => {
  it.each([
    ['succeeded', RANKED, '1 ranked'],
    ['was refused a connection', undefined, 'COHERE_UNREACHABLE'],
    ['timed out', () => {}, 'COHERE_TIMEOUT'],
  ] satisfies [string, RequestListener | undefined, string][])(
    '%s',
    async (_name, listener, outcome) => {
      const server = await answeringServer(listener ?? RANKED);
      if (listener === undefined) {
        await server.stop();
      }
      const run = await runApp(
        { environment: { COHERE_API_KEY: KEY, COHERE_BASE_URL: server.url } },
        ONE_RERANK,
      );
      await server.stop();
      expect(run.output).toContain(outcome);
      expect(run.exitCode).toBe(0);
      const ended = Number(/ended (\d+) ms later/.exec(run.output)?.[1]);
      expect(ended).toBeLessThan(AT_ONCE_MS);
    },
  );
});
