import { HealthIndicatorService, HealthIndicatorResult } from '@nestjs/terminus';
import { RerankService } from './index.js';

/** @publicApi */
interface CohereHealthOptions {
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
declare class CohereHealthIndicator {
    #private;
    constructor(indicators: HealthIndicatorService, rerank?: RerankService);
    /**
     * @param key the name of the result
     * @throws ConfigurationError when the app has named instances only and `options.rerank` is not given;
     *   InvalidRequestError when `options.timeoutMs` is out of range
     */
    isHealthy(key?: string, options?: CohereHealthOptions): Promise<HealthIndicatorResult>;
}

export { CohereHealthIndicator };
export type { CohereHealthOptions };
