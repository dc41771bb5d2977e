import type { EndSignal } from './call-scope.js';

/**
 * Settles as the promise does, or rejects with the signal's reason as soon as it aborts. The work behind the
 * promise goes on; only the wait for it ends.
 */
export function abortable<T>(promise: Promise<T>, signal: EndSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener('abort', abort, { once: true });
    // Also where it is too late: what is thrown away must not end the process as unhandled.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * Resolves after so many milliseconds.
 *
 * @throws the signal's reason, at once, when it aborts
 */
export function wait(milliseconds: number, signal: EndSignal): Promise<void> {
  if (signal.aborted) {
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', abort, { once: true });
  });
}
