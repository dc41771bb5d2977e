import type { EndSignal } from './call-scope.js';

/** Resolves as the promise does, or rejects with the signal's reason once it aborts. The work itself goes on. */
export function abortable<T>(promise: Promise<T>, signal: EndSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener('abort', abort, { once: true });
    // Even after the abort: a discarded rejection must not end the process as unhandled.
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
