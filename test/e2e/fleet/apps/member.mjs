// One process of a fleet: callers that rerank one request after another until it is told to stop.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CohereModule, RerankService } from 'nestjs-cohere';
import { RateLimiterRedis } from 'rate-limiter-flexible';

const { redisUrl, points, callers } = JSON.parse(process.argv[2]);
const redis =
  redisUrl === undefined ? undefined : new Redis(redisUrl, { enableOfflineQueue: false });
const rateLimiter =
  redis === undefined
    ? undefined
    : new RateLimiterRedis({ storeClient: redis, keyPrefix: 'cohere', points, duration: 1 });

class AppModule {}
Module({
  imports: [CohereModule.forRoot({ startupCheck: 'off', timeoutMs: 60_000, rateLimiter })],
})(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
const rerank = app.get(RerankService);
if (redis !== undefined && redis.status !== 'ready') {
  await new Promise((resolve) => redis.once('ready', resolve));
}

const stopping = new AbortController();
const counts = { ranked: 0, failed: 0 };

async function caller() {
  while (!stopping.signal.aborted) {
    try {
      await rerank.rerank({ query: 'q', documents: ['a', 'b'] }, { signal: stopping.signal });
      counts.ranked += 1;
    } catch {
      counts.failed += stopping.signal.aborted ? 0 : 1;
    }
  }
}

async function run() {
  const calls = Promise.all(Array.from({ length: callers }, caller));
  process.once('message', () => stopping.abort());
  await calls;
  process.send(counts, () => process.exit());
}

process.once('message', () => void run());
process.send('ready');
