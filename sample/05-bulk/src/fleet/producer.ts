import { setTimeout as wait } from 'node:timers/promises';
import { Job, Queue } from 'bullmq';
import { type Request, type Result, Results, unfinishedRequests } from '../files.js';
import { connectRedis, QUEUE } from './queue.js';

const BATCH = 500;
const WEEK_S = 7 * 24 * 3_600;

/**
 * Adds a job for each request without a result or a job, and collects the results of the workers. A restart resumes the
 * work: the id of a request is the id of its job.
 */
export async function produce(url: string, input: string, output: string, signal: AbortSignal) {
  (await connectRedis(url)).disconnect();
  const results = await Results.open(output);
  const queue = new Queue<Request, Result>(QUEUE, { connection: { url } });
  try {
    const pending: string[] = [];
    for await (const { id, request } of unfinishedRequests(input, results)) {
      signal.throwIfAborted();
      pending.push(id);
      await queue.add(QUEUE, request, {
        jobId: id,
        // A call may wait for a minute; a job that still fails after ten attempts gets its error as result.
        attempts: 10,
        backoff: { type: 'exponential', delay: 1_000 },
        removeOnComplete: { age: WEEK_S },
        removeOnFail: { age: WEEK_S },
      });
    }
    await collect(queue, pending, results, signal);
  } finally {
    results.showProgress();
    await queue.close();
  }
}

async function collect(
  queue: Queue<Request, Result>,
  pending: string[],
  results: Results,
  signal: AbortSignal,
): Promise<void> {
  while (pending.length > 0) {
    signal.throwIfAborted();
    const ids = pending.splice(0, BATCH);
    const found = await Promise.all(ids.map((id) => resultOf(queue, id)));
    found.filter((result) => result !== undefined).forEach((result) => results.append(result));
    // Goes to the end, so that a slow job does not delay the results of others.
    const unfinished = ids.filter((_, index) => found[index] === undefined);
    pending.push(...unfinished);
    if (unfinished.length === ids.length) {
      await wait(200);
    }
  }
}

async function resultOf(queue: Queue<Request, Result>, id: string): Promise<Result | undefined> {
  const job = await Job.fromId<Request, Result>(queue, id);
  if (job === undefined) {
    throw new Error(`The job ${id} is gone from Redis. Run the same command again to add it.`);
  }
  const { finishedOn, returnvalue, failedReason } = job;
  return finishedOn === undefined ? undefined : (returnvalue ?? { id, error: failedReason });
}
