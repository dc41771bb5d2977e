import { createHash } from 'node:crypto';
import { fingerprint } from '../../config/api-key/secret.js';
import { MESSAGES, Refusal } from './wire.js';

/**
 * The states of a key.
 * - `active`: everything, limited only by its own `rateLimit`.
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
 * The state of a key; see `KEY_STATES`.
 *
 * @publicApi
 */
export type KeyState = (typeof KEY_STATES)[number];

/**
 * The reranks that a key may make. The window slides: at no moment have more than `requests` been accepted
 * within the last `perMs` milliseconds. Further requests get a 429 and do not count.
 *
 * @publicApi
 */
export interface KeyRateLimit {
  /** Reranks in any window: a whole number from 1. */
  readonly requests: number;
  /** Length of the window in milliseconds, above 0. */
  readonly perMs: number;
  /** Adds a `Retry-After` in whole seconds to the 429. We have not seen Cohere send one. Default false. */
  readonly retryAfter?: boolean | undefined;
}

/**
 * A key of the emulator.
 *
 * @publicApi
 */
export interface EmulatedKey {
  /** The state of the key. Default `active`. */
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
  /** The active key: everything is allowed. */
  readonly active: string;
  /** The trial key: everything is allowed, up to 10 reranks a minute and 1,000 calls a month. */
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

export function isKeyState(value: unknown): value is KeyState {
  return KEY_STATES.some((state) => state === value);
}

// Derived, so that a scanner for leaked secrets finds nothing in this source. The prefix identifies such a key in a
// log.
function readyMadeKey(state: KeyState): string {
  const name = `emulator${state.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
  const digest = createHash('sha512').update(`nestjs-cohere emulator ${state}`).digest();
  const tail = Array.from(digest, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  return `${name}${tail}`.slice(0, LENGTH);
}

/** The key of a request and its state. */
export interface Credential extends Pick<EmulatedKey, 'rateLimit' | 'organizationId'> {
  /** `undefined` when the request had no key. */
  readonly key: string | undefined;
  /** The name of the key in records, `sha256:1f3a9c02`. */
  readonly fingerprint: string | undefined;
  /** `undefined` for an unknown key. */
  readonly state: KeyState | undefined;
}

/** A valid key in any state. */
export interface Caller extends Omit<Credential, 'fingerprint'> {
  readonly key: string;
  readonly state: KeyState;
}

/** Returns the caller; throws the 401 for a key that is not valid. */
export function authenticate(credential: Credential): Caller {
  const { key, state } = credential;
  if (key === undefined) {
    throw new Refusal(401, MESSAGES.noApiKey);
  }
  if (state === 'expired') {
    throw new Refusal(401, MESSAGES.expiredKey);
  }
  if (state === undefined || state === 'revoked') {
    throw new Refusal(401, MESSAGES.invalidToken);
  }
  return { ...credential, key, state };
}

const BEARER = /^bearer (.*)$/is;

/** Returns the key of a request exactly as sent: with an extra space it is another key, as for Cohere. */
export function readKey(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  name: string,
): string | undefined {
  const value = String(headers[name] ?? '');
  const key = name === 'authorization' ? (BEARER.exec(value)?.[1] ?? '') : value;
  return key.trim() === '' ? undefined : key;
}

/**
 * Additional keys: each with its state, or with a state, a rate limit and an organization, or a list of keys that are
 * all active.
 *
 * @publicApi
 */
export type KeyList = Readonly<Record<string, KeyState | EmulatedKey>> | readonly string[];

interface KnownKey extends EmulatedKey {
  readonly state: KeyState;
}

/** The keys of one emulator and their current states. */
export class KeyRegistry {
  readonly #known = new Map<string, KnownKey>();

  constructor(extra: KeyList = []) {
    for (const [key, description] of [
      ...KEY_STATES.map((state) => [readyMadeKey(state), state] as const),
      ...entriesOf(extra),
    ]) {
      this.set(key, description);
    }
  }

  /**
   * Sets a key. A state alone keeps the rate limit and the organization.
   *
   * @throws RangeError for an unknown state or an invalid limit
   */
  set(key: string, description: KeyState | EmulatedKey): void {
    const known: KnownKey =
      typeof description === 'string'
        ? { ...this.#known.get(key), state: description }
        : { ...description, state: description.state ?? 'active' };
    requireState(known.state);
    requireRateLimit(known.rateLimit);
    this.#known.set(key, known);
  }

  credentialOf(key: string | undefined): Credential {
    if (key === undefined) {
      return { key, fingerprint: undefined, state: undefined };
    }
    const unknown = { state: undefined };
    return { ...(this.#known.get(key) ?? unknown), key, fingerprint: fingerprint(key) };
  }
}

// The message does not quote the value: with swapped arguments, it is the key.
function requireState(state: unknown): void {
  if (!isKeyState(state)) {
    throw new RangeError(`The state of a key must be one of ${KEY_STATES.join(', ')}.`);
  }
}

function requireRateLimit(limit: KeyRateLimit | undefined): void {
  if (limit === undefined) {
    return;
  }
  const { requests, perMs } = limit;
  if (!Number.isInteger(requests) || requests < 1) {
    throw new RangeError(`rateLimit.requests must be a whole number from 1; it is ${requests}.`);
  }
  if (!Number.isFinite(perMs) || perMs <= 0) {
    throw new RangeError(`rateLimit.perMs must be a number above 0; it is ${perMs}.`);
  }
}

function entriesOf(keys: KeyList): readonly (readonly [string, KeyState | EmulatedKey])[] {
  return isList(keys) ? keys.map((key) => [key, 'active'] as const) : Object.entries(keys);
}

function isList(keys: KeyList): keys is readonly string[] {
  return Array.isArray(keys);
}
