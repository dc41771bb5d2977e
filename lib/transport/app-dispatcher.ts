// Imported, because tests of the app may fake the global one.
import { setImmediate } from 'node:timers';
import type { RequestDispatcher } from '../config/settings.js';
import type { Connection, ConnectionSource } from './exchange.js';

/** Sends requests over a dispatcher of the app, whose connections are not visible here. */
export function connectionsOf(dispatcher: RequestDispatcher): ConnectionSource {
  const connection: Connection = {
    isReused: false,
    bytesRead: 0,
    dispatch: (request, handler) => {
      dispatcher.dispatch(request, handler);
    },
    // undici releases the connection in the next immediate; before that, its pool would open a second one.
    release: (onReleased) => void Promise.resolve().then(() => setImmediate(onReleased)),
    destroy: () => undefined,
  };
  return { acquire: () => connection, closeIdle: () => undefined };
}
