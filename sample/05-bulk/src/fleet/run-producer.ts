import { setTimeout as wait } from 'node:timers/promises';
import { getQueueToken } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Job, type Queue } from 'bullmq';
import type { Files } from '../alone/run-alone.js';
import { countRequests, readRequests, type Request } from '../files/requests-file.js';
import { NOT_A_REQUEST, type Result } from '../files/result.js';
import { ResultsFile } from '../files/results-file.js';
import { Progress } from '../progress.js';
import { connectQueue, JOB_OPTIONS, QUEUE } from './queue.js';
import { connectRedis } from './redis.js';

const JOBS_PER_ROUND_TRIP = 500;
const LOOK_EVERY_MS = 200;

/**
 * Adds a job for each request that has neither a result nor a job yet, and collects the results of the
 * workers. Ended and started again it goes on: the id of a request is the id of its job.
 */
export async function runProducer(
  redisUrl: string,
  files: Files,
  signal: AbortSignal,
): Promise<void> {
  const total = await countRequests(files.requests);
  // Says at once that Redis is not there; BullMQ would try for ever.
  (await connectRedis(redisUrl)).disconnect();

  @Module({ imports: [...connectQueue(redisUrl)] })
  class ProducerModule {}

  const app = await NestFactory.createApplicationContext(ProducerModule, {
    abortOnError: false,
    logger: ['warn', 'error'],
  });
  const results = await ResultsFile.open(files.results);
  const progress = new Progress(total, results.count);
  try {
    const queue = app.get<Queue<Request, Result>>(getQueueToken(QUEUE));
    const pending = await submit(queue, files.requests, { results, progress, signal });
    await collect(queue, pending, { results, progress, signal });
  } finally {
    await results.close();
    progress.end();
    await app.close();
  }
}

interface Run {
  readonly results: ResultsFile;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** @returns the ids of the jobs without a result */
async function submit(
  queue: Queue<Request, Result>,
  path: string,
  { results, progress, signal }: Run,
): Promise<Set<string>> {
  const pending = new Set<string>();
  let batch: { name: string; data: Request; opts: typeof JOB_OPTIONS & { jobId: string } }[] = [];
  const flush = async () => {
    signal.throwIfAborted();
    await queue.addBulk(batch);
    batch = [];
  };
  for await (const { id, request } of readRequests(path)) {
    if (results.has(id)) {
      continue;
    }
    if (request === undefined) {
      await results.append({ id, error: NOT_A_REQUEST });
      progress.step(true);
      continue;
    }
    pending.add(id);
    batch.push({ name: QUEUE, data: request, opts: { ...JOB_OPTIONS, jobId: id } });
    if (batch.length === JOBS_PER_ROUND_TRIP) {
      await flush();
    }
  }
  await flush();
  return pending;
}

async function collect(
  queue: Queue<Request, Result>,
  pending: Set<string>,
  { results, progress, signal }: Run,
): Promise<void> {
  let isPaused = false;
  while (pending.size > 0) {
    signal.throwIfAborted();
    const ids = firstOf(pending, JOBS_PER_ROUND_TRIP);
    const found = await Promise.all(ids.map((id) => resultOf(queue, id)));
    for (const [place, id] of ids.entries()) {
      const result = found[place];
      pending.delete(id);
      if (result === undefined) {
        // Behind the others, so that a job that takes long holds up the collecting of none.
        pending.add(id);
      } else {
        await results.append(result);
        progress.step(result.error !== undefined);
      }
    }
    if (found.every((result) => result === undefined)) {
      const wasPaused = isPaused;
      isPaused = await queue.isPaused();
      if (isPaused && !wasPaused) {
        process.stderr.write('The queue is paused; the log of a worker says why.\n');
      }
      await wait(LOOK_EVERY_MS);
    }
  }
}

async function resultOf(queue: Queue<Request, Result>, id: string): Promise<Result | undefined> {
  const job = await Job.fromId<Request, Result>(queue, id);
  if (job === undefined) {
    throw new Error(`The job ${id} is gone from Redis. Run the same command again to add it.`);
  }
  if (job.finishedOn === undefined) {
    return undefined;
  }
  return job.returnvalue ?? { id, error: job.failedReason };
}

function firstOf(ids: Iterable<string>, count: number): string[] {
  const first: string[] = [];
  for (const id of ids) {
    if (first.push(id) === count) {
      break;
    }
  }
  return first;
}
