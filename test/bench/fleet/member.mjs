// One process of the fleet, which may stand for several: each instance has its own connections, queue and limiter client.
import 'reflect-metadata';
import { setMaxListeners } from 'node:events';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CohereModule, getRerankToken } from 'nestjs-cohere';
import { RateLimiterRedis } from 'rate-limiter-flexible';

const { url, key, redisUrl, budget, instances, callers } = JSON.parse(process.argv[2]);
const numbers = Array.from({ length: instances }, (_, number) => number);
const connections = redisUrl === undefined ? [] : numbers.map(() => new Redis(redisUrl));
await Promise.all(connections.map((redis) => redis.ping()));

class AppModule {}
Module({
  imports: numbers.map((number) =>
    CohereModule.forRoot({
      name: `n${number}`,
      filter: false,
      apiKey: key,
      baseUrl: url,
      startupCheck: 'off',
      timeoutMs: 60_000,
      rateLimiter:
        redisUrl === undefined
          ? undefined
          : new RateLimiterRedis({ storeClient: connections[number], ...budget }),
    }),
  ),
})(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });

const stopping = new AbortController();
// Each instance listens once.
setMaxListeners(0, stopping.signal);
const counts = { ranked: 0, failed: 0 };

async function caller(rerank) {
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
  const services = numbers.map((number) => app.get(getRerankToken(`n${number}`)));
  process.once('message', () => stopping.abort());
  await Promise.all(
    services.flatMap((rerank) => Array.from({ length: callers }, () => caller(rerank))),
  );
  process.send(counts, () => process.exit());
}

process.once('message', () => void run());
process.send('ready');
