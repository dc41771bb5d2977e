import type { IncomingMessage } from 'node:http';

/**
 * Hands over the body as text, or `undefined` where it is longer than `limit` bytes. A caller that
 * leaves before its end is never heard of.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: (text: string | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) {
      chunks.push(chunk);
    }
  });
  request.on('end', () => {
    done(size > limit ? undefined : Buffer.concat(chunks).toString('utf8'));
  });
}
