import 'reflect-metadata';
import { accessSync } from 'node:fs';
import { DiagnosedError, failBoot } from 'nestjs-cohere';
import { rerankAlone } from './alone.js';
import { produce } from './fleet/producer.js';
import { work } from './fleet/worker.js';

const USAGE = `Usage: npm run bulk -- REQUESTS RESULTS
       npm run bulk -- worker

Reranks each line of REQUESTS, a request as JSON, and appends its result to RESULTS. Run it again to go on
after it was ended. With REDIS_URL, any number of workers do the work; without it, this process does.
CALLS_PER_MINUTE is the rate limit of the key: 1,000 for a production key (default), 10 for a trial key.
`;

const { REDIS_URL: redisUrl } = process.env;
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () =>
    interruption.abort(new Error('Interrupted. Run the same command again to resume.')),
  );
}

/** @returns the exit code, as in sysexits.h */
async function main([first = '', second = '']: readonly string[]): Promise<number> {
  if (first === 'worker') {
    await work(redisUrl ?? '', interruption.signal);
    return 0;
  }
  if (second === '') {
    process.stderr.write(USAGE);
    return 64;
  }
  accessSync(first);
  if (redisUrl !== undefined) {
    await produce(redisUrl, first, second, interruption.signal);
    return 0;
  }
  return (await rerankAlone(first, second, interruption.signal)) === 0 ? 0 : 75;
}

function explain(error: unknown): number {
  if (error instanceof DiagnosedError) {
    failBoot(error);
    return error.diagnosis.exitCode;
  }
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return error === interruption.signal.reason ? 130 : 1;
}

// The emulator that answers without a key would keep the process alive.
process.exit(await main(process.argv.slice(2)).catch(explain));
