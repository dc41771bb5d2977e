import { once } from 'node:events';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import * as cohere from 'nestjs-cohere';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { cohereWithin, readBudget } from '../cohere.js';
import { describeError, toResult, type Request, type Result } from '../files.js';
import { connectRedis, QUEUE, queueAt } from './queue.js';

const ACCOUNT_PAUSE_MS = 5_000;

/** Returns the jobs of a killed worker to the queue after some ten seconds, any number of times. */
const OPTIONS = {
  concurrency: 16,
  lockDuration: 6_000,
  stalledInterval: 3_000,
  maxStalledCount: 100,
  // Never reached; without a limiter, BullMQ ignores `rateLimit()`.
  limiter: { max: 1_000_000, duration: 1_000 },
};

/** Reranks one request per job. BullMQ keeps one result per job, even if it ran twice. */
@Processor(QUEUE, OPTIONS)
class RerankProcessor extends WorkerHost {
  readonly #logger = new Logger('Bulk');
  #problem: string | undefined;

  constructor(@Inject(cohere.RerankService) private readonly rerank: cohere.RerankService) {
    super();
  }

  override async process(job: Job<Request, Result>): Promise<Result> {
    try {
      const result = toResult(job.id ?? '', await this.rerank.rerank(job.data));
      if (this.#problem !== undefined) {
        this.#problem = undefined;
        this.#logger.log('Cohere accepts requests again: the queue resumes.');
      }
      return result;
    } catch (error) {
      if (error instanceof cohere.RateLimitError) {
        return this.#pause(error.retryAfterMs ?? 1_000);
      }
      if (error instanceof cohere.AuthenticationError || error instanceof cohere.QuotaError) {
        // Every job would fail until the problem of the account is fixed.
        this.#report(error);
        return this.#pause(ACCOUNT_PAUSE_MS);
      }
      // The error of a worker that is closing is retryable too: another worker takes the job.
      throw error instanceof cohere.DiagnosedError && !error.diagnosis.retryable
        ? new UnrecoverableError(describeError(error))
        : new Error(describeError(error), { cause: error });
    }
  }

  /** Pauses all workers for a while. The job goes back to the queue, and this does not count as an attempt. */
  async #pause(milliseconds: number): Promise<never> {
    await this.worker.rateLimit(milliseconds);
    throw Worker.RateLimitError();
  }

  #report({ code, diagnosis }: cohere.DiagnosedError): void {
    if (this.#problem !== code) {
      this.#problem = code;
      const steps = diagnosis.fix.map((step, index) => `\n  ${index + 1}. ${step}`).join('');
      this.#logger.error(`The queue is paused. ${code}: ${diagnosis.title}${steps}`);
    }
  }
}

/** Takes jobs until the signal aborts; those in flight are finished first, or go back to the queue. */
export async function work(url: string, signal: AbortSignal): Promise<void> {
  const budget = readBudget();
  const redis = await connectRedis(url);
  const rateLimiter = new RateLimiterRedis({ storeClient: redis, keyPrefix: 'rerank', ...budget });

  @Module({
    imports: [cohereWithin(rateLimiter), ...queueAt(url)],
    providers: [RerankProcessor],
  })
  class WorkerModule {}

  const app = await NestFactory.createApplicationContext(WorkerModule, { abortOnError: false });
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
  await app.close();
  redis.disconnect();
}
