import { setTimeout as pause } from 'node:timers/promises';
import type { ApiKeySource } from '../config/api-key/api-key-source.interface.js';
import type { Secret } from '../config/api-key/secret.js';
import { CATALOGUE } from '../diagnosis/catalogue.js';
import { fixFor } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError, DiagnosedError } from '../diagnosis/errors.js';
import { type Address, endSentence, type ReceivedResponse } from '../diagnosis/request-context.js';
import { wait } from './abortable.js';
import type { CallKeys, KeyUse } from './call-keys.js';
import type { CallScope } from './call-scope.js';
import {
  describeLimits,
  describeSecret,
  diagnoseOrganization,
  type KeyStatus,
  readTrialLimits,
  type TrialLimits,
} from './key-facts.js';

const LOOK_AGAIN_MS = 1_000;
const RECHECK_MS = 5_000;
/** The extra readings of a source that may lag behind Cohere, and the interval between them. */
const LAG_READINGS = 3;
const LAG_MS = 250;
/** The renewals of one request without a pause; beyond them, it backs off from a source that returns only refused keys. */
const UNHURRIED_RENEWALS = 3;

/**
 * The state of a key after a 401: replaced by another, valid according to Cohere, unknown because Cohere
 * could not be reached, or confirmed as refused. `vouched`: valid according to another host, which is no proof.
 */
type KeyRenewal = 'changed' | 'spurious' | 'vouched' | 'unconfirmed' | 'refused';

/** The key of one request in flight. */
interface Use {
  readonly isOperation: boolean;
  /** The key of the last attempt. */
  key: Secret | undefined;
  /** The number of times that a refused key was replaced. */
  renewals: number;
  /** The verdict on a first refusal that did not count. */
  firstRefusal: 'spurious' | 'vouched' | 'unconfirmed' | undefined;
  /** True if it rechecks a refused key. */
  isRecheck: boolean;
}

interface Rejection {
  readonly key: Secret;
  readonly diagnosis: Diagnosis;
  recheckedAt: number;
}

/** Reports the state of the key to the operator while the app runs. */
export interface KeyReporter {
  /** Called when every call with the key fails until a person acts. */
  failed(diagnosis: Diagnosis): void;
  /** Called when calls work again after that failure. */
  recovered(diagnosis: Diagnosis, key: string): void;
  warn(message: string): void;
}

export const SILENT: KeyReporter = {
  failed: () => undefined,
  recovered: () => undefined,
  warn: () => undefined,
};

export interface ApiKeyHolderOptions {
  /** Confirms a refusal with the check route. Never throws. */
  readonly recheck: (key: Secret) => Promise<KeyStatus>;
  readonly report?: KeyReporter | undefined;
  /** The deployment that the key is for; Cohere's own unless given. */
  readonly about?: Address | undefined;
  /** The expected organization. A key of another one never replaces the key in use. */
  readonly organizationId?: string | undefined;
  /** Called with the key that another one has replaced. */
  readonly onReplaced?: ((former: Secret) => void) | undefined;
  /** The time of a monotonic clock, in ms. */
  readonly now?: (() => number) | undefined;
  /** Accepts the first 401 as final and remembers nothing. For tests, which script each call. */
  readonly trustsFirst401?: boolean | undefined;
}

/**
 * Owns the lifecycle of one instance's key. Reads its source at boot, when the source may hold another key,
 * after a refusal, and on request. Confirms a refusal before it counts, and rechecks a refused key every five
 * seconds. Concurrent calls share one reading or check. A reading without a usable key keeps the one in use.
 */
export class ApiKeyHolder implements CallKeys {
  readonly #source: ApiKeySource;
  readonly #options: ApiKeyHolderOptions;
  readonly #report: KeyReporter;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #current: Secret | undefined;
  #reading: Promise<void> | undefined;
  #renewal: Promise<KeyRenewal> | undefined;
  #rejection: Rejection | undefined;
  #lookedAt: number;
  #isLooking = false;
  /** The reason why the last reading left the old key in use. */
  #unusable: Diagnosis | undefined;
  /** The failure that was reported to the operator, until calls work again. */
  #incident: Diagnosis | undefined;
  #accepted: Secret | undefined;
  #trial: { readonly key: Secret; readonly limits: TrialLimits } | undefined;

  constructor(source: ApiKeySource, initial: Secret | undefined, options: ApiKeyHolderOptions) {
    this.#source = source;
    this.#current = initial;
    this.#options = options;
    this.#report = options.report ?? SILENT;
    this.#now = options.now ?? (() => performance.now());
    this.#lookedAt = this.#now();
  }

  get current(): Secret | undefined {
    return this.#current;
  }

  /** The display name of the key's source. */
  get name(): string {
    return this.#source.name;
  }

  /** The reason for a confirmed refusal of the key in use; calls fail with it until the key is accepted again. */
  get rejection(): Diagnosis | undefined {
    const rejection = this.#rejection;
    return rejection !== undefined && this.#isCurrent(rejection.key)
      ? withReading(rejection.diagnosis, this.#unusable)
      : undefined;
  }

  /** True once a response has accepted the key in use. */
  get isAccepted(): boolean {
    return this.#accepted !== undefined && this.#isCurrent(this.#accepted);
  }

  /** True once a response has shown that the key in use is a trial key. */
  get isTrial(): boolean {
    return this.#trial !== undefined && this.#isCurrent(this.#trial.key);
  }

  use(isOperation: boolean): KeyUse {
    const use: Use = {
      isOperation,
      key: this.#current,
      renewals: 0,
      firstRefusal: undefined,
      isRecheck: false,
    };
    return {
      prepare: () => this.#prepare(use),
      take: () => this.#take(use),
      accept: (headers) => this.accept(use.key, headers),
      fail: (diagnosis, scope) => this.#fail(use, diagnosis, scope),
    };
  }

  #prepare(use: Use): Promise<void> | undefined {
    const looking = this.look();
    return looking === undefined && this.#rejection === undefined
      ? undefined
      : this.#recheckIfDue(use, looking);
  }

  async #recheckIfDue(use: Use, looking: Promise<void> | undefined): Promise<void> {
    await looking;
    const rejection = this.#rejection;
    if (rejection === undefined || !this.#isCurrent(rejection.key)) {
      return;
    }
    if (this.#now() - rejection.recheckedAt < RECHECK_MS) {
      this.#throwIfRefused();
    }
    // Other calls fail fast while this one rechecks.
    rejection.recheckedAt = this.#now();
    const { verdict } = await this.#options.recheck(rejection.key);
    if (verdict === 'valid') {
      this.confirm(rejection.key);
    } else if (verdict === 'rejected') {
      // During the recheck the source may have received another key.
      await this.#readKeepingLastGood();
      this.#throwIfRefused();
    }
    use.isRecheck = verdict === 'undetermined';
  }

  #take(use: Use): Secret | undefined {
    // Another request may have found this out while this one waited for its slot.
    if (!use.isRecheck) {
      this.#throwIfRefused();
    }
    use.key = this.#current;
    return use.key;
  }

  #throwIfRefused(): void {
    const { rejection } = this;
    if (rejection !== undefined) {
      const detail = `${rejection.detail} The refusal is confirmed; the key is tried again every 5 seconds.`;
      throw createError({ ...rejection, detail });
    }
  }

  /** Records a 2xx response with the key. */
  accept(key: Secret | undefined, headers?: ReceivedResponse['headers']): void {
    if (key === undefined) {
      return;
    }
    if (headers !== undefined) {
      this.noteTrial(key, readTrialLimits(headers));
    }
    if (key !== this.#accepted || this.#rejection !== undefined || this.#incident !== undefined) {
      this.confirm(key);
      this.#endIncident(key);
    }
  }

  /** Records a check that found the key valid. That does not clear a problem of the account's quota. */
  confirm(key: Secret): void {
    if (this.#rejection?.key.equals(key) === true) {
      this.#rejection = undefined;
    }
    if (this.#isCurrent(key)) {
      this.#accepted = key;
      if (this.#incident !== undefined && CATALOGUE[this.#incident.code].keyRefused) {
        this.#endIncident(key);
      }
    }
  }

  #endIncident(key: Secret): void {
    if (this.#incident !== undefined && this.#isCurrent(key)) {
      this.#report.recovered(this.#incident, describeSecret(key, this.name));
      this.#incident = undefined;
    }
  }

  /** Records the limits of a trial key. Warns the first time. */
  noteTrial(key: Secret, limits: TrialLimits | undefined): void {
    if (limits === undefined || this.#trial?.key.equals(key) === true) {
      return;
    }
    this.#trial = { key, limits };
    const [fix = ''] = fixFor('COHERE_API_KEY_TRIAL', this.#options.about);
    this.#report.warn(
      `The API key (${this.name}, ${key.fingerprint}) is a trial key, limited to ${describeLimits(limits)}. For real traffic: ${fix}`,
    );
  }

  async #fail(use: Use, diagnosis: Diagnosis, scope: CallScope): Promise<Diagnosis | undefined> {
    const { key } = use;
    if (!CATALOGUE[diagnosis.code].keyRefused) {
      this.#startIncident(diagnosis);
      return diagnosis;
    }
    if (this.rejection !== undefined) {
      // The source may have got another key while the request was under way.
      await (use.isRecheck ? this.#readKeepingLastGood() : this.look());
    }
    if (key === undefined || this.rejection !== undefined) {
      return diagnosis;
    }
    // Where a check route calls the key valid, a second 401 counts for the app's operation, not for other routes.
    const isConfirmed =
      use.firstRefusal === 'unconfirmed' || (use.isOperation && use.firstRefusal === 'vouched');
    const renewal = await this.#renewFor(key, diagnosis, isConfirmed);
    switch (renewal) {
      case 'changed':
        use.firstRefusal = undefined;
        use.renewals += 1;
        return (await paced(use, scope)) ? undefined : diagnosis;
      case 'spurious':
      case 'vouched':
      case 'unconfirmed':
        if (use.firstRefusal === undefined) {
          use.firstRefusal = renewal;
          return undefined;
        }
        return diagnosis;
      case 'refused':
        return this.rejection ?? diagnosis;
      default:
        return renewal satisfies never;
    }
  }

  /**
   * Polls the source for another key, at most once a second, and reads that. Other calls do not wait, even if
   * the poll hangs, as on a file system that is gone. While the key is refused, the source is always read.
   */
  look(): Promise<void> | undefined {
    const now = this.#now();
    if (this.#isLooking || now - this.#lookedAt < LOOK_AGAIN_MS) {
      return undefined;
    }
    this.#lookedAt = now;
    this.#isLooking = true;
    return this.#readIfChanged().finally(() => {
      this.#isLooking = false;
    });
  }

  /**
   * Reads the source now and clears a refusal.
   *
   * @throws AuthenticationError when there is no key, or one that cannot be used; the one in use stays
   */
  async reload(): Promise<void> {
    // A reading in flight may have missed the change that the caller knows about.
    await this.#reading?.catch(() => undefined);
    await this.#read();
    this.#rejection = undefined;
  }

  /**
   * Handles a 401, once for all waiting calls: reads the source again; if the key is the same, confirms the
   * refusal with Cohere; gives a source that may lag some time. Only then is the refusal remembered.
   *
   * @param isConfirmed whether the same request was refused twice, which counts where Cohere cannot be reached
   */
  renew(refused: Secret, diagnosis: Diagnosis, isConfirmed = false): Promise<KeyRenewal> {
    if (!this.#isCurrent(refused)) {
      return Promise.resolve('changed');
    }
    this.#renewal ??= this.#renew(refused, diagnosis, isConfirmed).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Shares a renewal in flight. A twice-refused request does not accept the result for one refused only once. */
  async #renewFor(
    refused: Secret,
    diagnosis: Diagnosis,
    isConfirmed: boolean,
  ): Promise<KeyRenewal> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const renewal = await this.renew(refused, diagnosis, isConfirmed);
      if ((renewal !== 'unconfirmed' && renewal !== 'vouched') || !isConfirmed) {
        return renewal;
      }
    }
  }

  /** Aborts a hanging read, so that it does not keep the process alive. */
  close(): void {
    this.#closing.abort();
  }

  async #renew(refused: Secret, diagnosis: Diagnosis, isConfirmed: boolean): Promise<KeyRenewal> {
    await this.#readKeepingLastGood();
    if (!this.#isCurrent(refused)) {
      return 'changed';
    }
    if (!isConfirmed && this.#options.trustsFirst401 !== true) {
      const { verdict, diagnosis: doubt } = await this.#options.recheck(refused);
      if (!this.#isCurrent(refused)) {
        return 'changed';
      }
      if (verdict !== 'rejected') {
        return verdict === 'valid' ? 'spurious' : doubt === undefined ? 'vouched' : 'unconfirmed';
      }
    }
    await this.#awaitLaggingSource(refused);
    if (!this.#isCurrent(refused)) {
      return 'changed';
    }
    this.#reject(refused, diagnosis);
    return 'refused';
  }

  #reject(key: Secret, diagnosis: Diagnosis): void {
    if (this.#options.trustsFirst401 !== true) {
      this.#rejection = { key, diagnosis, recheckedAt: this.#now() };
    }
    this.#startIncident(withReading(diagnosis, this.#unusable));
  }

  #startIncident(diagnosis: Diagnosis): void {
    if (this.#incident?.code !== diagnosis.code) {
      this.#incident = diagnosis;
      this.#report.failed(diagnosis);
    }
  }

  /** Polls a source that may lag: a secret store can return the old key for a moment after Cohere has revoked it. */
  async #awaitLaggingSource(refused: Secret): Promise<void> {
    if (this.#source.isOpaque !== true) {
      return;
    }
    for (let reading = 0; reading < LAG_READINGS && this.#isCurrent(refused); reading += 1) {
      // One after another, as time passes.
      // oxlint-disable-next-line no-await-in-loop
      await pause(LAG_MS, undefined, { ref: false });
      // oxlint-disable-next-line no-await-in-loop
      await this.#readKeepingLastGood();
    }
  }

  #isCurrent(key: Secret): boolean {
    return this.#current === key || this.#current?.equals(key) === true;
  }

  async #readIfChanged(): Promise<void> {
    if (this.rejection !== undefined || (await this.#source.mayHaveChanged())) {
      await this.#readKeepingLastGood();
    }
  }

  async #readKeepingLastGood(): Promise<void> {
    try {
      await this.#read();
    } catch {
      // The reading reports its own failure. If the old key is revoked, its 401 shows that.
    }
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readSource();
    return this.#reading;
  }

  async #readSource(): Promise<void> {
    try {
      const next = await this.#source.read(this.#closing.signal);
      await this.#requireOrganization(next);
      const former = this.#current;
      this.#current = next;
      if (former !== undefined && !this.#isCurrent(former)) {
        this.#options.onReplaced?.(former);
      }
      this.#unusable = undefined;
    } catch (error) {
      if (error instanceof DiagnosedError && !this.#closing.signal.aborted) {
        this.#keepOld(error.diagnosis);
      }
      throw error;
    } finally {
      this.#reading = undefined;
    }
  }

  /** @throws AuthenticationError for a new key of another organization; not if its organization is unknown */
  async #requireOrganization(next: Secret | undefined): Promise<void> {
    const { organizationId: expected, recheck } = this.#options;
    if (expected === undefined || next === undefined || this.#isCurrent(next)) {
      return;
    }
    const { organizationId } = await recheck(next);
    const problem = diagnoseOrganization(expected, organizationId, describeSecret(next, this.name));
    if (problem !== undefined) {
      throw createError(problem);
    }
  }

  #keepOld(problem: Diagnosis): void {
    const isNew = this.#unusable?.detail !== problem.detail;
    this.#unusable = problem;
    if (isNew && this.#current !== undefined) {
      const [fix = ''] = problem.fix;
      this.#report.warn(
        `The API key was read again, but what its source holds cannot be used: ${problem.code} ${describeProblem(problem)} ` +
          `${this.name} (${this.#current.fingerprint}) stays in use. Fix: ${fix}`,
      );
    }
  }
}

/** Backs off from a source that returns a new key at each reading. @returns whether there is time for it */
async function paced({ renewals }: Use, scope: CallScope): Promise<boolean> {
  const beyond = renewals - UNHURRIED_RENEWALS;
  if (beyond <= 0) {
    return true;
  }
  const delay = Math.min(1_000, 50 * 2 ** beyond);
  if (delay > scope.remainingMs) {
    return false;
  }
  await wait(delay, scope);
  return true;
}

/** Adds to the refusal of the old key why the new key in the source is not in use. */
function withReading(diagnosis: Diagnosis, unusable: Diagnosis | undefined): Diagnosis {
  return unusable === undefined
    ? diagnosis
    : {
        ...diagnosis,
        detail: `${diagnosis.detail} The source of the key was read again, but what it holds cannot be used: ${describeProblem(unusable)}`,
        fix: [...unusable.fix, ...diagnosis.fix],
      };
}

/** Names the value in the source, with its line in a file, and what is wrong with it. */
function describeProblem({ title, key, detail }: Diagnosis): string {
  const found = [key === undefined ? '' : `Found: ${key}`, detail].filter((text) => text !== '');
  return [title, ...found.map(endSentence)].join(' ');
}
