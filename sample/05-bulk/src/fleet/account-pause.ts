import { InjectQueue } from '@nestjs/bullmq';
import {
  Inject,
  Injectable,
  Logger,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { RerankService, type DiagnosedError } from 'nestjs-cohere';
import { QUEUE } from './queue.js';
import { REDIS } from './redis.js';

const LOOK_EVERY_MS = 1_000;
/** Why the queue is paused. A queue that an operator paused has none, and is left alone. */
const REASON = 'rerank:paused-by-account';
/** Held by the one worker of the fleet that asks Cohere. */
const CHECKER = 'rerank:account-checker';

/**
 * While the account itself is the problem - a key that Cohere refuses, a quota that is used up - every job
 * would fail. The queue is paused for all workers, and resumed by any of them once a rerank works again.
 */
@Injectable()
export class AccountPause implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('Bulk');
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<boolean> | undefined;

  constructor(
    @InjectQueue(QUEUE) private readonly queue: Queue,
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(RerankService) private readonly rerank: RerankService,
  ) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => {
      // Redis may be away for a moment; the next look comes soon.
      this.#resumeWhenPossible().catch(() => undefined);
    }, LOOK_EVERY_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  /** Whether a rerank works now. All jobs of this worker that fail at the same time ask once. */
  works(): Promise<boolean> {
    this.#checking ??= this.rerank
      .checkKey({ mode: 'rerank' })
      .then(({ verdict }) => verdict === 'valid')
      .finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  async begin({ diagnosis }: DiagnosedError): Promise<void> {
    const isFirst = (await this.redis.set(REASON, diagnosis.code, 'NX')) === 'OK';
    await this.queue.pause();
    if (isFirst) {
      const steps = diagnosis.fix.map((step, index) => `\n  ${index + 1}. ${step}`);
      this.#logger.error(
        `The queue is paused. ${diagnosis.code}: ${diagnosis.title}${steps.join('')}\nIt goes on by itself as soon as Cohere accepts a request.`,
      );
    }
  }

  async #resumeWhenPossible(): Promise<void> {
    if ((await this.redis.get(REASON)) === null) {
      return;
    }
    const isChecker = await this.redis.set(CHECKER, '', 'PX', LOOK_EVERY_MS, 'NX');
    if (isChecker !== null && (await this.works())) {
      await this.redis.del(REASON);
      await this.queue.resume();
      this.#logger.log('Cohere accepts requests again: the queue goes on.');
    }
  }
}
