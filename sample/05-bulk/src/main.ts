import 'reflect-metadata';
import { DiagnosedError, failBoot } from 'nestjs-cohere';
import { readRedisUrl, SettingError } from './settings.js';

const USAGE = `Usage: npm run bulk -- REQUESTS RESULTS
       npm run bulk -- worker

Reranks each line of REQUESTS, a request as JSON, and appends its result to RESULTS. Run it again to go on
after it was ended: what has a result is not done again.

With REDIS_URL the work is done by workers, as many as are started; without it, in this process.
CALLS_PER_MINUTE is what the key may do, 1,000 for a production key (default), 10 for a trial key.
`;
/** sysexits.h */
const EXIT_USAGE = 64;
const EXIT_TEMPORARY_FAILURE = 75;
const EXIT_INTERRUPTED = 130;

async function main([first, second, ...more]: readonly string[]): Promise<void> {
  const redisUrl = readRedisUrl(process.env);
  const interrupted = interruption();
  if (first === 'worker' && second === undefined) {
    if (redisUrl === undefined) {
      throw new SettingError('A worker takes its work from Redis: set REDIS_URL.');
    }
    const { runWorker } = await import('./fleet/run-worker.js');
    await runWorker(redisUrl, interrupted);
    return;
  }
  if (first === undefined || second === undefined || more.length > 0 || first.startsWith('-')) {
    process.stderr.write(USAGE);
    process.exitCode = EXIT_USAGE;
    return;
  }
  const files = { requests: first, results: second };
  if (redisUrl !== undefined) {
    const { runProducer } = await import('./fleet/run-producer.js');
    await runProducer(redisUrl, files, interrupted);
    return;
  }
  const { runAlone } = await import('./alone/run-alone.js');
  const left = await runAlone(files, interrupted);
  if (left > 0) {
    process.stderr.write(`${left} requests failed for now. Run the same command again for them.\n`);
    process.exitCode = EXIT_TEMPORARY_FAILURE;
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Interrupted()));
  }
  return controller.signal;
}

class Interrupted extends Error {}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof Interrupted) {
    process.stderr.write('Interrupted. Run the same command again to go on.\n');
    process.exitCode = EXIT_INTERRUPTED;
  } else if (error instanceof DiagnosedError) {
    failBoot(error);
  } else {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${text}\n`);
    process.exitCode = error instanceof SettingError ? EXIT_USAGE : 1;
  }
});
