/**
 * What a key may do on the emulator.
 * - `active`: everything, without limits.
 * - `trial`: everything, 10 reranks a minute and 1,000 a month.
 * - `expired`: 401 with Cohere's text for expired keys.
 * - `revoked`: 401 `invalid api token`, as for a key that never existed.
 * - `no-rerank`: a valid key whose reranks are refused with 403.
 * - `unpaid`: a valid key whose reranks are refused with 402.
 *
 * @publicApi
 */
export const KEY_STATES = ['active', 'trial', 'expired', 'revoked', 'no-rerank', 'unpaid'] as const;

/** @publicApi */
export type KeyState = (typeof KEY_STATES)[number];

export function isKeyState(value: unknown): value is KeyState {
  return KEY_STATES.some((state) => state === value);
}
