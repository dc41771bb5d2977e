import { createHash } from 'node:crypto';

/**
 * The states of a key.
 * - `active`: everything, without limits but that of its own `rateLimit`.
 * - `trial`: everything, up to 10 reranks a minute and 1,000 calls a month.
 * - `expired`: 401 with Cohere's text for expired keys.
 * - `revoked`: 401 `invalid api token`, as for a key that never existed.
 * - `no-rerank`: a valid key whose reranks are refused with 403.
 * - `unpaid`: a valid key whose reranks are refused with 402.
 *
 * @publicApi
 */
export const KEY_STATES = ['active', 'trial', 'expired', 'revoked', 'no-rerank', 'unpaid'] as const;

/**
 * What a key may do; see `KEY_STATES`.
 *
 * @publicApi
 */
export type KeyState = (typeof KEY_STATES)[number];

/**
 * How many reranks a key may make. The window slides: at no moment have more than `requests` been accepted
 * within the last `perMs` milliseconds. Further requests get a 429, and do not count.
 *
 * @publicApi
 */
export interface KeyRateLimit {
  /** Reranks in any window: a whole number from 1. */
  readonly requests: number;
  /** Length of the window in milliseconds, above 0. */
  readonly perMs: number;
  /** Whether the 429 has a `Retry-After` in whole seconds. Cohere's was seen without. Default false. */
  readonly retryAfter?: boolean | undefined;
}

/**
 * A key of the emulator.
 *
 * @publicApi
 */
export interface EmulatedKey {
  /** What the key may do. Default `active`. */
  readonly state?: KeyState | undefined;
  /** Its own rate limit, in addition to those of a trial key. Default: none. */
  readonly rateLimit?: KeyRateLimit | undefined;
  /**
   * The organization that `/v1/check-api-key` names. Default: the same id for every key. `null`: the response names
   * none, as Cohere's reference allows.
   */
  readonly organizationId?: string | null | undefined;
}

/**
 * One key per state, the same in every emulator and every process. They work nowhere else.
 *
 * @publicApi
 */
export interface ReadyMadeKeys {
  /** May do everything. */
  readonly active: string;
  /** May do everything, up to 10 reranks a minute and 1,000 calls a month. */
  readonly trial: string;
  /** 401 `Your API key has expired. …` */
  readonly expired: string;
  /** 401 `invalid api token` */
  readonly revoked: string;
  /** Passes the key check; a rerank is refused with 403. */
  readonly noRerank: string;
  /** Passes the key check; a rerank is refused with 402. */
  readonly unpaid: string;
}

const LENGTH = 40;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export const READY_MADE_KEYS: ReadyMadeKeys = {
  active: readyMadeKey('active'),
  trial: readyMadeKey('trial'),
  expired: readyMadeKey('expired'),
  revoked: readyMadeKey('revoked'),
  noRerank: readyMadeKey('no-rerank'),
  unpaid: readyMadeKey('unpaid'),
};

export const READY_MADE_STATES: ReadonlyMap<string, KeyState> = new Map([
  [READY_MADE_KEYS.active, 'active'],
  [READY_MADE_KEYS.trial, 'trial'],
  [READY_MADE_KEYS.expired, 'expired'],
  [READY_MADE_KEYS.revoked, 'revoked'],
  [READY_MADE_KEYS.noRerank, 'no-rerank'],
  [READY_MADE_KEYS.unpaid, 'unpaid'],
]);

export function isKeyState(value: unknown): value is KeyState {
  return KEY_STATES.some((state) => state === value);
}

// Derived, so that a scanner for leaked secrets finds nothing in this source. The prefix tells anyone who sees such
// a key in a log where it comes from.
function readyMadeKey(state: KeyState): string {
  const name = `emulator${state.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
  const digest = createHash('sha512').update(`nestjs-cohere emulator ${state}`).digest();
  const tail = Array.from(digest, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  return `${name}${tail}`.slice(0, LENGTH);
}
