import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MEMBER = fileURLToPath(new URL('../apps/member.mjs', import.meta.url));

export interface FleetOptions {
  readonly processes: number;
  /** Callers in each process. */
  readonly callers: number;
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Points of the shared limiter per second. */
  readonly points?: number;
  /** Without it there is no limiter. */
  readonly redisUrl?: string;
}

export interface FleetCounts {
  readonly ranked: number;
  readonly failed: number;
}

/** Processes of their own that rerank as fast as they may for so many milliseconds. */
export async function runFleet(
  options: FleetOptions,
  forMs: number,
): Promise<readonly FleetCounts[]> {
  const { processes, baseUrl, apiKey, ...member } = options;
  const children = Array.from({ length: processes }, () =>
    fork(MEMBER, [JSON.stringify(member)], {
      env: { PATH: process.env['PATH'], COHERE_BASE_URL: baseUrl, COHERE_API_KEY: apiKey },
    }),
  );
  try {
    await Promise.all(children.map((child) => messageOf(child)));
    children.forEach((child) => child.send('start'));
    await new Promise((resolve) => setTimeout(resolve, forMs));
    children.forEach((child) => child.send('stop'));
    return await Promise.all(children.map(countsOf));
  } finally {
    children.forEach((child) => child.kill('SIGKILL'));
  }
}

async function countsOf(child: ChildProcess): Promise<FleetCounts> {
  const message = await messageOf(child);
  if (
    typeof message === 'object' &&
    message !== null &&
    'ranked' in message &&
    'failed' in message
  ) {
    return { ranked: Number(message.ranked), failed: Number(message.failed) };
  }
  throw new Error('a member of the fleet reported no counts');
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a member of the fleet ended with ${code}`);
  });
  const [message]: unknown[] = await Promise.race([once(child, 'message'), ended]);
  return message;
}
