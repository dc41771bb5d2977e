import type { Secret } from '../config/api-key/secret.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import type { ReceivedResponse } from '../diagnosis/request-context.js';
import type { CallScope } from './call-scope.js';

/** Provides the key of each request. */
export interface CallKeys {
  /** The name of the key in a diagnosis. */
  readonly name: string;
  /** @param isOperation true for the operation of the app, false for any other route */
  use(isOperation: boolean): KeyUse;
}

/** The key of one request, through all its attempts. */
export interface KeyUse {
  /**
   * Reads or rechecks the key, if due, before the first attempt.
   *
   * @throws AuthenticationError while the key is refused
   */
  prepare(): Promise<void> | undefined;
  /**
   * Returns the key for the next attempt. Does not wait: a point of the rate limiter would be used too late.
   *
   * @throws AuthenticationError while the key is refused
   */
  take(): Secret | undefined;
  /** Records a 2xx response to the last attempt. */
  accept(headers?: ReceivedResponse['headers']): void;
  /**
   * Handles a refusal of the key or the account in the last attempt.
   *
   * @returns the diagnosis to fail with; `undefined` to send the request again at once
   */
  fail(diagnosis: Diagnosis, scope: CallScope): Promise<Diagnosis | undefined>;
}

/** A key that is never renewed. For probes, which report a refusal instead. */
export function fixedKey(key: Secret | undefined, name: string): CallKeys {
  const use: KeyUse = {
    prepare: () => undefined,
    take: () => key,
    accept: () => undefined,
    fail: (diagnosis) => Promise.resolve(diagnosis),
  };
  return { name, use: () => use };
}
