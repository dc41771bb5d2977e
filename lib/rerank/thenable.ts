/** A promise, of this realm or another. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/** A callback that gives a promise back must not end the process when that is rejected. */
export function ignoreRejection(value: unknown): void {
  if (isThenable(value)) {
    onRejection(value, () => undefined);
  }
}

/** Calls the listener when a promise that a callback gave back is rejected. */
export function onRejection(value: unknown, listener: (reason: unknown) => void): void {
  if (isThenable(value)) {
    Promise.resolve(value).catch(listener);
  }
}
