import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject } from '@nestjs/common';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import {
  AuthenticationError,
  DiagnosedError,
  QuotaError,
  RateLimitError,
  RerankService,
} from 'nestjs-cohere';
import type { Request } from '../files/requests-file.js';
import { describeError, toResult, type Result } from '../files/result.js';
import { AccountPause } from './account-pause.js';
import { QUEUE, WORKER_OPTIONS } from './queue.js';

const DEFAULT_WAIT_MS = 1_000;

/**
 * One request per job. BullMQ keeps the result under the id of the job: a job that was done twice, because
 * its worker seemed to be dead, still has one.
 */
@Processor(QUEUE, WORKER_OPTIONS)
export class RerankProcessor extends WorkerHost {
  constructor(
    @Inject(RerankService) private readonly rerank: RerankService,
    @Inject(AccountPause) private readonly accountPause: AccountPause,
  ) {
    super();
  }

  override async process(job: Job<Request, Result>): Promise<Result> {
    try {
      return toResult(job.id ?? '', await this.rerank.rerank(job.data));
    } catch (error) {
      if (error instanceof RateLimitError) {
        // For all workers. The job goes back in line, and this does not count as an attempt.
        await this.worker.rateLimit(error.retryAfterMs ?? DEFAULT_WAIT_MS);
        throw Worker.RateLimitError();
      }
      if (error instanceof AuthenticationError || error instanceof QuotaError) {
        // It may be that this process alone does not know yet that the key works again.
        if (!(await this.accountPause.works())) {
          await this.accountPause.begin(error);
        }
        throw Worker.RateLimitError();
      }
      if (error instanceof DiagnosedError && !error.diagnosis.retryable) {
        throw new UnrecoverableError(describeError(error));
      }
      throw new Error(describeError(error), { cause: error });
    }
  }
}
