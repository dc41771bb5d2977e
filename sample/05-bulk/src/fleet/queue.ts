import { BullModule } from '@nestjs/bullmq';
import type { JobsOptions, WorkerOptions } from 'bullmq';

export const QUEUE = 'rerank';

const WEEK_S = 7 * 24 * 3_600;

/** A call may wait for a minute; what still fails after some ten minutes gets its error as its result. */
export const JOB_OPTIONS = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: { age: WEEK_S },
  removeOnFail: { age: WEEK_S },
} as const satisfies JobsOptions;

/** The jobs of a worker that was killed are taken up by others after some ten seconds, as often as that happens. */
export const WORKER_OPTIONS = {
  concurrency: 16,
  lockDuration: 6_000,
  stalledInterval: 3_000,
  maxStalledCount: 100,
} as const satisfies Omit<WorkerOptions, 'connection'>;

export function connectQueue(url: string) {
  return [
    BullModule.forRoot({ connection: { url } }),
    BullModule.registerQueue({ name: QUEUE }),
  ] as const;
}
