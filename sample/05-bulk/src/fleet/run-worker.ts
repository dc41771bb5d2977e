import { once } from 'node:events';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { registerCohere } from '../cohere.js';
import { readBudget } from '../settings.js';
import { AccountPause } from './account-pause.js';
import { connectQueue, QUEUE } from './queue.js';
import { connectRedis, REDIS } from './redis.js';
import { RerankProcessor } from './rerank.processor.js';

/** Does jobs until the signal aborts; those under way are finished first. */
export async function runWorker(redisUrl: string, signal: AbortSignal): Promise<void> {
  const budget = readBudget(process.env);
  const redis = await connectRedis(redisUrl);
  const rateLimiter = new RateLimiterRedis({ storeClient: redis, keyPrefix: 'rerank', ...budget });

  @Module({
    imports: [registerCohere(rateLimiter), ...connectQueue(redisUrl)],
    providers: [{ provide: REDIS, useValue: redis }, AccountPause, RerankProcessor],
  })
  class WorkerModule {}

  try {
    const app = await NestFactory.createApplicationContext(WorkerModule, {
      abortOnError: false,
      logger: ['log', 'warn', 'error'],
    });
    new Logger('Bulk').log(
      `Worker ${process.pid} takes jobs of the queue ${QUEUE}; together at most ${budget.points} requests per ${budget.duration} s.`,
    );
    if (!signal.aborted) {
      await once(signal, 'abort');
    }
    await app.close();
  } finally {
    redis.disconnect();
  }
}
