import type { ArgumentsHost } from '@nestjs/common';
import type { ErrorAnswer } from '../error-response.js';

const OPEN = 1;

/**
 * Sends an error to a WebSocket client. Nest ignores a filter's return value, so the filter emits it itself, for `ws` or
 * `socket.io`. A socket.io client that waits for an acknowledgement receives it there, too.
 */
export function answerWs(host: ArgumentsHost, answer: ErrorAnswer): void {
  const data = { status: 'error', ...answer };
  const client: unknown = host.switchToWs().getClient();
  if (has(client, 'readyState', 'number') && has(client, 'send', 'function')) {
    if (client.readyState === OPEN) {
      client.send(JSON.stringify({ event: 'exception', data }));
    }
  } else if (has(client, 'emit', 'function')) {
    client.emit('exception', data);
  }
  const acknowledge: unknown = host.getArgByIndex(2);
  if (typeof acknowledge === 'function') {
    acknowledge(data);
  }
}

interface Types {
  readonly number: number;
  readonly function: (...values: unknown[]) => unknown;
}

function has<K extends string, T extends keyof Types>(
  value: unknown,
  key: K,
  type: T,
): value is Record<K, Types[T]> {
  return (
    typeof value === 'object' &&
    value !== null &&
    key in value &&
    typeof Reflect.get(value, key) === type
  );
}
