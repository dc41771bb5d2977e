/**
 * Tells a WebSocket client of an error. Nest sends nothing for what a filter returns, so the filter
 * emits itself, in the way of `ws` or of `socket.io`.
 */
export function sendWsException(client: unknown, data: object): void {
  if (has(client, 'readyState', 'number') && has(client, 'send', 'function')) {
    client.send(JSON.stringify({ event: 'exception', data }));
  } else if (has(client, 'emit', 'function')) {
    client.emit('exception', data);
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
