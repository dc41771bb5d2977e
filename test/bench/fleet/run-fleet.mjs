import { fork } from 'node:child_process';
import { once } from 'node:events';
import { environment } from '../environment.mjs';
import { KEY } from '../rerank/contenders/credentials.mjs';

/** More processes than this are instances within these: each with connections, queue and limiter client of its own. */
export const REAL_PROCESSES = 4;

/**
 * Processes that rerank as fast as they may, with one key that allows `quota.requests` in any `quota.perMs`.
 *
 * @returns what the server answered and refused, and what the callers saw
 */
export async function runFleet({ processes, callers, quota, budget, redisUrl, forMs }) {
  const server = start('emulator.mjs', { key: KEY, ...quota, latencyMs: 50 });
  const [{ url }] = await once(server, 'message');
  const real = Math.min(processes, REAL_PROCESSES);
  const members = Array.from({ length: real }, () =>
    start('member.mjs', { url, key: KEY, redisUrl, budget, instances: processes / real, callers }),
  );
  try {
    await Promise.all(members.map((member) => once(member, 'message')));
    members.forEach((member) => member.send('start'));
    await new Promise((resolve) => setTimeout(resolve, forMs));
    server.send('count');
    const [{ ranked, refused }] = await once(server, 'message');
    members.forEach((member) => member.send('stop'));
    const counts = await Promise.all(
      members.map(async (member) => (await once(member, 'message'))[0]),
    );
    return {
      processes,
      real,
      limiter: redisUrl !== undefined,
      quotaUsed: ranked / ((quota.requests * forMs) / quota.perMs),
      ranked,
      refused,
      failedCalls: counts.reduce((sum, { failed }) => sum + failed, 0),
    };
  } finally {
    [server, ...members].forEach((child) => child.kill('SIGKILL'));
  }
}

function start(program, task) {
  return fork(new URL(program, import.meta.url), [JSON.stringify(task)], { env: environment() });
}
