import { BullModule } from '@nestjs/bullmq';
import { Redis } from 'ioredis';

export const QUEUE = 'rerank';

export function queueAt(url: string) {
  const queue = BullModule.registerQueue({ name: QUEUE });
  return [BullModule.forRoot({ connection: { url } }), queue] as const;
}

/** @throws Error when Redis cannot be reached; BullMQ would retry forever. Its message does not quote the address. */
export async function connectRedis(url: string): Promise<Redis> {
  let reason = 'it must be an address such as redis://localhost:6379';
  if (/^rediss?:\/\//.test(url)) {
    // A command that cannot be sent fails at once, rather than waiting for a connection.
    const redis = new Redis(url, { lazyConnect: true, enableOfflineQueue: false });
    redis.on('error', (error: Error) => (reason = error.message));
    try {
      await redis.connect();
      return redis;
    } catch {
      redis.disconnect();
    }
  }
  throw new Error(`REDIS_URL cannot be used: ${reason}.`);
}
