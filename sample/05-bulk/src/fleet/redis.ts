import { Redis } from 'ioredis';

/** Injects the connection that the workers share their rate and their pause over. */
export const REDIS = Symbol('REDIS');

/** @throws Error when Redis cannot be reached */
export async function connectRedis(url: string): Promise<Redis> {
  // A command that cannot be sent fails at once, rather than waiting for a connection.
  const redis = new Redis(url, { lazyConnect: true, enableOfflineQueue: false });
  let cause: Error | undefined;
  redis.on('error', (error: Error) => (cause = error));
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    // It would go on trying.
    redis.disconnect();
    const { hostname, port } = new URL(url);
    const reason = cause?.message ?? String(error);
    throw new Error(`Redis at ${hostname}:${port || 6379} (REDIS_URL) cannot be used: ${reason}`, {
      cause: error,
    });
  }
}
