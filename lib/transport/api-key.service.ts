import { GIVEN_KEY_NAME, lintGivenKey } from '../config/api-key/api-key-lint.js';
import type { ApiKeySource } from '../config/api-key/api-key-source.interface.js';
import { isCohereHost } from '../config/base-url.js';
import type { Secret } from '../config/api-key/secret.js';
import { CATALOGUE } from '../diagnosis/catalogue.js';
import { AuthenticationError } from '../diagnosis/errors.js';
import { abortable } from './abortable.js';
import {
  ApiKeyHolder,
  type ApiKeyHolderOptions,
  type KeyReporter,
  SILENT,
} from './api-key-holder.js';
import { callCohere, type CohereCall } from './call-cohere.js';
import type { EndSignal } from './call-scope.js';
import type { CohereTransport } from './cohere-transport.js';
import {
  recheckKey,
  type KeyFindings,
  type KeyProof,
  probeKey,
  type ProbeOptions,
  type ProbeTarget,
} from './key-check.js';
import type { KeyStatus } from './key-facts.js';

export interface ApiKeyServiceOptions extends Pick<
  ApiKeyHolderOptions,
  'report' | 'organizationId' | 'now' | 'trustsFirst401'
> {
  readonly transport: CohereTransport;
  readonly source: ApiKeySource;
  /** The key as read at boot. */
  readonly key: Secret | undefined;
  readonly proof: KeyProof;
}

export interface KeyCheckOptions extends ProbeOptions {
  /** Deadline of the whole check, its retries included. */
  readonly timeoutMs: number;
  /** The setting of the deadline, if not COHERE_TIMEOUT_MS. */
  readonly timeoutSetting?: string | undefined;
  readonly maxRetries: number;
}

/** Serves the key of one instance to requests, and checks it. */
export class ApiKeyService {
  /** The key that requests carry. */
  readonly keys: ApiKeyHolder;
  readonly #options: ApiKeyServiceOptions;

  constructor(options: ApiKeyServiceOptions) {
    const { source, key, report, organizationId, now, trustsFirst401 } = options;
    this.#options = options;
    this.keys = new ApiKeyHolder(source, key, {
      recheck: (current) => recheckKey(this.#target(current)),
      report,
      about: options.transport,
      onReplaced: (former) => options.transport.addFormerKey(former),
      organizationId,
      now,
      trustsFirst401,
    });
  }

  /**
   * Checks the key in use, without reading its source.
   *
   * @throws nothing but the reason of the caller's signal
   */
  probe(options: KeyCheckOptions): Promise<KeyFindings> {
    return this.#inOneCall(options, (call) => this.#probe(call, options));
  }

  /**
   * Checks the key in use, after polling its source for another. If the key is refused, reads the source again
   * and checks the new key as well. One deadline covers everything.
   *
   * @throws nothing but the reason of the caller's signal
   */
  async check(options: KeyCheckOptions): Promise<KeyStatus> {
    const { keys } = this;
    // There, only the operation itself shows that it accepts the key again: some check routes call every key valid.
    const needsProof =
      keys.rejection !== undefined && !isCohereHost(this.#options.transport.baseUrl);
    const mode = needsProof ? 'rerank' : options.mode;
    let checked: Secret | undefined;
    const findings = await this.#inOneCall(options, async (call) => {
      const { scope } = call;
      // A hanging source leaves half of the time for checking the key in use.
      const half = AbortSignal.timeout(Math.ceil(Math.max(0, scope.remainingMs) / 2));
      await untilEnd(untilEnd(keys.look(), half), scope);
      const key = keys.current;
      checked = key;
      const found = await this.#probe(call, { ...options, mode });
      const { diagnosis } = found;
      if (key === undefined || diagnosis === undefined || !CATALOGUE[diagnosis.code].keyRefused) {
        return found;
      }
      const renewal = await untilEnd(keys.renew(key, diagnosis, true), scope);
      if (renewal !== 'changed') {
        return found;
      }
      checked = keys.current;
      return this.#probe(call, { ...options, mode });
    });
    this.note(findings, checked);
    const { verdict, diagnosis, organizationId } = findings;
    return {
      verdict,
      ...(diagnosis === undefined ? {} : { diagnosis }),
      ...(organizationId === undefined ? {} : { organizationId }),
      ...(findings.isTrial === true || keys.isTrial ? { isTrial: true } : {}),
    };
  }

  /** Records the result of a check. Another key may be in use by now. */
  note({ verdict, trialLimits }: KeyFindings, key: Secret | undefined): void {
    if (key !== undefined) {
      this.keys.noteTrial(key, trialLimits);
      if (verdict === 'valid') {
        this.keys.confirm(key);
      }
    }
  }

  /**
   * Reads the source again now and clears a refusal.
   *
   * @throws AuthenticationError when no usable key is there; the last good one stays in use
   */
  reload(): Promise<void> {
    return this.keys.reload();
  }

  /**
   * Returns a service for another key of this deployment, which has no source and no expected organization.
   *
   * @throws AuthenticationError when there is no value, or one that cannot be an API key
   */
  forKey(apiKey: string): ApiKeyService {
    const { transport, proof, report, trustsFirst401 } = this.#options;
    const { key, problem } = lintGivenKey(apiKey, isCohereHost(transport.baseUrl));
    if (problem !== undefined) {
      throw new AuthenticationError(problem);
    }
    const source: ApiKeySource = {
      name: GIVEN_KEY_NAME,
      read: () => Promise.resolve(key),
      mayHaveChanged: () => Promise.resolve(false),
    };
    return new ApiKeyService({
      transport,
      proof,
      source,
      key,
      report: ofTenant(report),
      trustsFirst401,
    });
  }

  /** Aborts reads in flight. */
  close(): void {
    this.keys.close();
  }

  #probe(call: CohereCall, options: ProbeOptions): Promise<KeyFindings> {
    return probeKey(call, this.#target(this.keys.current), options);
  }

  #target(key: Secret | undefined): ProbeTarget {
    const { transport, proof, source, organizationId } = this.#options;
    return { transport, proof, key, keyName: source.name, organizationId };
  }

  async #inOneCall<T>(
    { timeoutMs, timeoutSetting, maxRetries, signal }: KeyCheckOptions,
    run: (call: CohereCall) => Promise<T>,
  ): Promise<T> {
    const { transport } = this.#options;
    const result = await callCohere(
      { transport, timeoutMs, timeoutSetting, maxRetries, signal },
      run,
    );
    signal?.throwIfAborted();
    return result;
  }
}

/** Reports only failures of a tenant's key: the operator does not wait for its recovery. */
function ofTenant(report: KeyReporter | undefined): KeyReporter | undefined {
  return report && { ...SILENT, failed: (diagnosis) => report.failed(diagnosis) };
}

/** Waits for a source without letting a hanging one block the verdict. */
async function untilEnd<T>(
  promise: Promise<T> | undefined,
  signal: EndSignal,
): Promise<T | undefined> {
  try {
    return promise === undefined ? undefined : await abortable(promise, signal);
  } catch {
    return undefined;
  }
}
