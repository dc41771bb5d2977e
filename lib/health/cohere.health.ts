import { Inject, Injectable, Optional } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError } from '../diagnosis/errors.js';
import { KeyStatusCache } from './key-status-cache.js';
import type { KeyStatus } from '../transport/key-facts.js';
import { RerankService } from '../rerank/rerank.service.js';

/** @publicApi */
export interface CohereHealthOptions {
  /** The instance to check. Default: the unnamed one; an app with only named instances passes one of them. */
  readonly rerank?: RerankService | undefined;
  /**
   * The lifetime of a cached verdict in milliseconds, so that probes do not use up the rate limit. Default 60,000;
   * 0 disables the cache. Verdicts other than `valid` are cached for 5,000 at most.
   */
  readonly cacheMs?: number | undefined;
  /** Deadline of one check in milliseconds, 1 to 600,000. Default 3,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Readiness of the Cohere key for `@nestjs/terminus`: `down` only when Cohere refuses the key. An
 * unavailable Cohere is `degraded` (terminus 12; `up` with `degraded: true` in terminus 11), because restarting this
 * app would not help. Not for liveness probes.
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
  readonly #rerank: RerankService | undefined;
  readonly #cache = new KeyStatusCache();

  constructor(
    @Inject(HealthIndicatorService) indicators: HealthIndicatorService,
    @Optional() @Inject(RerankService) rerank?: RerankService,
  ) {
    this.#indicators = indicators;
    this.#rerank = rerank;
  }

  /**
   * @param key the name of the result
   * @throws ConfigurationError when the app has named instances only and `options.rerank` is not given;
   *   InvalidRequestError when `options.timeoutMs` is out of range
   */
  async isHealthy(
    key = 'cohere',
    options: CohereHealthOptions = {},
  ): Promise<HealthIndicatorResult> {
    const { rerank = this.#rerank, cacheMs = 60_000, timeoutMs = 3_000 } = options;
    if (rerank === undefined) {
      throw createError(noInstance());
    }
    const status = await this.#cache.get(rerank, cacheMs, () => rerank.checkKey({ timeoutMs }));
    return this.#report(key, status);
  }

  #report(key: string, { verdict, diagnosis, isTrial }: KeyStatus): HealthIndicatorResult {
    const session = this.#indicators.check(key);
    const facts: Readonly<Record<string, unknown>> = isTrial === true ? { isTrial } : {};
    if (diagnosis === undefined) {
      return session.up(facts);
    }
    const data = { ...summary(diagnosis), ...facts };
    if (verdict === 'rejected') {
      return session.down(data);
    }
    // terminus 11 has no `degraded`.
    return typeof session.degraded === 'function'
      ? session.degraded(data)
      : session.up({ ...data, degraded: true });
  }
}

function summary({ code, title, clientTitle = title, clientFix, docs }: Diagnosis) {
  return { code, message: clientTitle, fix: clientFix, docs };
}

function noInstance(): Diagnosis {
  const fix = [
    "Inject a named instance with @InjectRerank('name') and pass it: isHealthy('cohere', { rerank }).",
    'Or import CohereModule, without a name, in the module that provides CohereHealthIndicator.',
  ];
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'CohereHealthIndicator has no instance of CohereModule to ask.',
    detail:
      'No unnamed instance is available where it is provided, and none was passed to isHealthy().',
    fix,
    clientFix: fix,
  });
}
