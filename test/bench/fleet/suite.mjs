import { median } from '../median.mjs';
import { runMeasurement } from '../run-measurement.mjs';
import { startServer } from '../start-server.mjs';
import { runFleet } from './run-fleet.mjs';
import { startRedis } from './start-redis.mjs';

const MINUTE_MS = 60_000;
/** What a production key may do, and the budget that never exceeds it. */
const PRODUCTION = {
  quota: { requests: 1_000, perMs: MINUTE_MS },
  budget: { points: 16, duration: 1 },
};
/** The same arithmetic with a window of six seconds, so that a run takes seconds. */
const SHORT = { quota: { requests: 300, perMs: 6_000 }, budget: { points: 42, duration: 1 } };
/** Enough calls that the compiler is done with what it compiles: a process that serves is measured, not one that starts. */
const SIZES = [
  { count: 10, characters: 200, calls: 12_000 },
  { count: 100, characters: 1_000, calls: 2_000 },
  { count: 1_000, characters: 1_000, calls: 200 },
];
const VARIANTS = ['plain', 'rateLimiter', 'scoreCache', 'hashing'];

/** @param minutes of each of the two long runs; 0 leaves them out */
export async function runFleetSuite({ rounds, minutes, log }) {
  const redis = await startRedis();
  try {
    return {
      overhead: await measureOverhead({ rounds, log }),
      paging: await measurePaging(log),
      fleets: redis === undefined ? [] : await simulate(redis.url, { minutes, log }),
    };
  } finally {
    redis?.stop();
  }
}

async function measureOverhead({ rounds, log }) {
  const server = await startServer();
  try {
    const rows = [];
    for (const { calls, ...documents } of SIZES) {
      const samples = Object.fromEntries(VARIANTS.map((variant) => [variant, []]));
      for (let round = 0; round < rounds; round += 1) {
        log(`overhead, ${documents.count} documents, round ${round + 1} of ${rounds}`);
        for (const variant of [...VARIANTS.slice(round % 4), ...VARIANTS.slice(0, round % 4)]) {
          const program = new URL('measure-overhead.mjs', import.meta.url);
          const figures = await runMeasurement(program, {
            variant,
            url: server.url,
            documents,
            calls,
          });
          samples[variant].push(figures.cpuMsPerCall);
        }
      }
      const [plain, rateLimiter, scoreCache, hashing] = VARIANTS.map((variant) =>
        median(samples[variant]),
      );
      rows.push({
        ...documents,
        plainMs: plain,
        rateLimiterMs: rateLimiter,
        scoreCacheMs: scoreCache,
        rateLimiter: rateLimiter / plain - 1,
        scoreCache: scoreCache / plain - 1,
        hashing: hashing / plain - 1,
      });
    }
    return rows;
  } finally {
    server.stop();
  }
}

async function measurePaging(log) {
  log('paging');
  const server = await startServer();
  try {
    return await runMeasurement(new URL('measure-paging.mjs', import.meta.url), {
      url: server.url,
    });
  } finally {
    server.stop();
  }
}

async function simulate(redisUrl, { minutes, log }) {
  const runs = [];
  const run = async (label, options) => {
    for (const url of [redisUrl, undefined]) {
      log(
        `${label}, ${options.processes} processes, ${url === undefined ? 'no limiter' : 'limiter'}`,
      );
      runs.push({ label, ...(await runFleet({ ...options, redisUrl: url })) });
    }
  };
  for (const processes of [1, 2, 4, 8, 16, 32, 64]) {
    await run('300 in any 6 s, for 12 s', { ...SHORT, processes, callers: 4, forMs: 12_000 });
  }
  if (minutes > 0) {
    const label = `1,000 in any 60 s, for ${minutes} min`;
    await run(label, { ...PRODUCTION, processes: 4, callers: 16, forMs: minutes * MINUTE_MS });
  }
  return runs;
}
