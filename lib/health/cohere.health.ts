import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { RerankService } from '../rerank/rerank.service.js';
import { KeyStatusCache } from './key-status-cache.js';
import type { KeyStatus } from '../transport/key-check.js';

/** @publicApi */
export interface CohereHealthOptions {
  /** The instance to ask; default the unnamed one. */
  readonly rerank?: RerankService;
  /** How long a verdict is kept, in milliseconds, so that probes do not use up the rate limit. Default 60,000; 0 asks each time. */
  readonly cacheMs?: number;
  /** Deadline of one question, in milliseconds. Default 3,000. */
  readonly timeoutMs?: number;
}

/**
 * Readiness of the Cohere key for `@nestjs/terminus`: `down` only when Cohere refuses the key. A Cohere
 * that cannot be asked is `degraded` (terminus 12; `up` with `degraded: true` in terminus 11), because
 * restarting this app would not help. Not for liveness probes.
 *
 * @example
 * ```ts
 * this.health.check([() => this.cohere.isHealthy('cohere')])
 * ```
 * @publicApi
 */
@Injectable()
export class CohereHealthIndicator {
  readonly #indicators: HealthIndicatorService;
  readonly #rerank: RerankService;
  readonly #cache = new KeyStatusCache();

  constructor(
    @Inject(HealthIndicatorService) indicators: HealthIndicatorService,
    @Inject(RerankService) rerank: RerankService,
  ) {
    this.#indicators = indicators;
    this.#rerank = rerank;
  }

  async isHealthy(
    key = 'cohere',
    options: CohereHealthOptions = {},
  ): Promise<HealthIndicatorResult> {
    const { rerank = this.#rerank, cacheMs = 60_000, timeoutMs = 3_000 } = options;
    const status = await this.#cache.get(rerank, cacheMs, () => rerank.checkKey({ timeoutMs }));
    return this.#report(key, status);
  }

  #report(key: string, { verdict, diagnosis }: KeyStatus): HealthIndicatorResult {
    const session = this.#indicators.check(key);
    if (diagnosis === undefined) {
      return session.up();
    }
    const data = summary(diagnosis);
    if (verdict === 'rejected') {
      return session.down(data);
    }
    // terminus 11 has no such state.
    return typeof session.degraded === 'function'
      ? session.degraded(data)
      : session.up({ ...data, degraded: true });
  }
}

function summary({ code, title, fix, docs }: Diagnosis) {
  return { code, message: title, fix, docs };
}
