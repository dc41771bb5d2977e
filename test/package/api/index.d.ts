import * as _nestjs_common from '@nestjs/common';
import { OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown, DynamicModule, ExceptionFilter, ArgumentsHost, HttpException } from '@nestjs/common';
import { Diagnosis, CohereModuleOptions, CohereEnv } from './types.js';
export { ApiKeyOption, AuthenticationError, CheckKeyOptions, CohereOptionsFactory, ConfigurationError, DIAGNOSIS_CODES, DiagnosedError, DiagnosisCode, InvalidRequestError, KeyStatus, QuotaError, RateLimitError, RateLimiter, RelevantSpan, RequestDispatcher, RerankCallOptions, RerankEachOptions, RerankOutcome, RerankProgress, RerankRequest, RerankResponse, RerankResult, RerankService, RerankUsage, ScoreCacheOptions, ScoreStore, StartupCheckMode, StartupCheckOptions, TimeoutError, UnavailableError, UpstreamReply, getRerankToken } from './types.js';
import { ObjectSchema } from 'joi';
import * as _nestjs_config from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import { Observable } from 'rxjs';

/**
 * Options of the exception filter.
 *
 * @publicApi
 */
interface CohereFilterOptions {
    /**
     * The HTTP status of an answer, an integer from 400 to 599. Anything else is logged once, and the status of
     * the diagnosis is used. gRPC statuses follow it. Default: `diagnosis.httpStatus`.
     *
     * @example
     * ```ts
     * // The key is the server's, not the caller's: a 401 would log browser users out.
     * statusFor: ({ httpStatus }) => (httpStatus === 401 ? 502 : httpStatus)
     * ```
     */
    readonly statusFor?: ((diagnosis: Diagnosis) => number) | undefined;
    /** The content of an answer. `code` omits title and steps, for clients outside the team. Default `full`. */
    readonly expose?: 'full' | 'code' | undefined;
}
/**
 * The body of every answer of the filter. It contains no data of the request, no file path, and of the key
 * only the name of its setting.
 *
 * @publicApi
 */
interface CohereErrorResponse {
    readonly statusCode: number;
    /** The name of the status, e.g. `Unauthorized`. */
    readonly error: string;
    readonly message: string;
    readonly code: Diagnosis['code'];
    /** Imperative steps, the most likely one first. Left out with `expose: 'code'`. */
    readonly fix?: readonly string[] | undefined;
    /** Address of the code's documentation. Left out with `expose: 'code'`. */
    readonly docs?: string | undefined;
    /** The retry delay that the server sent, in milliseconds, if any. */
    readonly retryAfterMs?: number | undefined;
}
/** The answer for a call that its caller aborted, without a code. */
type ErrorAnswer = Omit<CohereErrorResponse, 'code'> & Partial<CohereErrorResponse>;

/**
 * Extras of `forRoot` and `forRootAsync`, next to the options: they shape the module itself.
 *
 * @publicApi
 */
interface CohereModuleExtras {
    /** Names the instance: it is injected with `@InjectRerank(name)`. Default: the unnamed instance, `RerankService`. */
    readonly name?: string | undefined;
    /** Makes the instance available to every module without an import. Default false. */
    readonly isGlobal?: boolean | undefined;
    /**
     * Registers the exception filter for the whole app, or sets its options. Default true. In an app
     * with several instances, the last one that is registered answers for all: set it there.
     */
    readonly filter?: boolean | CohereFilterOptions | undefined;
    /** Makes the SDK's `CohereClientV2` injectable with `@InjectCohere()`. Default false. */
    readonly client?: boolean | undefined;
}
declare const ConfigurableModuleClass: _nestjs_common.ConfigurableModuleCls<CohereModuleOptions, "forRoot", "createCohereOptions", CohereModuleExtras>;
declare const OPTIONS_TYPE: CohereModuleOptions & Partial<CohereModuleExtras>;
declare const ASYNC_OPTIONS_TYPE: _nestjs_common.ConfigurableModuleAsyncOptions<CohereModuleOptions, "createCohereOptions"> & Partial<CohereModuleExtras>;

/**
 * Cohere rerank for a Nest app. A key that certainly cannot work fails the boot; a Cohere that is slow
 * or down does not.
 *
 * @example
 * ```ts
 * @Module({ imports: [ConfigModule.forRoot(), CohereModule.forRootAsync()] })
 * export class AppModule {}
 * ```
 * @publicApi
 */
declare class CohereModule extends ConfigurableModuleClass implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
    #private;
    /**
     * Registers an instance with static options. Options that are left out come from the environment.
     *
     * @throws (while the app starts) AuthenticationError or ConfigurationError, with every problem in one report
     */
    static forRoot(options?: typeof OPTIONS_TYPE): DynamicModule;
    /**
     * Registers an instance with options that come from elsewhere, or, without an argument, wholly from
     * the environment. Takes `cohereConfig.asProvider()` as well.
     *
     * @throws (while the app starts) AuthenticationError or ConfigurationError, with every problem in one report
     */
    static forRootAsync(options?: typeof ASYNC_OPTIONS_TYPE): DynamicModule;
    /** @throws DiagnosedError when the startup check failed, or the options depend on the request */
    onModuleInit(): Promise<void>;
    /**
     * Starts the grace period. The HTTP server is about to wait for its requests in flight, which may still call
     * Cohere; none of them delays the shutdown for longer than that.
     */
    beforeApplicationShutdown(): void;
    /** Waits for calls of cron jobs, queues and microservices, for the same grace period as HTTP requests. */
    onApplicationShutdown(): Promise<void>;
}

/**
 * Returns the injection token of the SDK client of an instance (`client: true`).
 *
 * @publicApi
 */
declare function getCohereToken(name?: string): string;
/**
 * Injects the `RerankService` of a named instance.
 *
 * @example
 * ```ts
 * constructor(@InjectRerank('eu') private readonly rerank: RerankService) {}
 * ```
 * @publicApi
 */
declare function InjectRerank(name?: string): PropertyDecorator & ParameterDecorator;
/**
 * Injects the `CohereClientV2` of an instance that was registered with `client: true`.
 *
 * @example
 * ```ts
 * constructor(@InjectCohere() private readonly cohere: CohereClientV2) {}
 * ```
 * @publicApi
 */
declare function InjectCohere(name?: string): PropertyDecorator & ParameterDecorator;

/**
 * Every environment variable of this library, as a Joi schema for `ConfigModule.forRoot({ validationSchema })`,
 * alone or joined to the app's own: `appSchema.concat(cohereEnvSchema)`. Unknown variables are allowed;
 * numbers are converted, all other values are kept. COHERE_API_KEY or COHERE_API_KEY_FILE must be set.
 * No error contains a value of the environment, whether in its message, details or `_original`. The module
 * validates its settings without it; docs/configuration.md explains when to use it.
 *
 * @example
 * ```ts
 * ConfigModule.forRoot({ validationSchema: cohereEnvSchema })
 * ```
 * @publicApi
 */
declare const cohereEnvSchema: ObjectSchema<CohereEnv>;

/**
 * The environment as options of {@link CohereModule}, under the name `cohere`. They contain the source of the key, not the
 * key, so that printing a ConfigService shows none. Never throws: an invalid environment gives no options, and
 * CohereModule, which also reads it, reports the problems.
 *
 * @example
 * ```ts
 * CohereModule.forRootAsync(cohereConfig.asProvider())
 * ```
 * @publicApi
 */
declare const cohereConfig: (() => Promise<CohereModuleOptions>) & _nestjs_config.ConfigFactoryKeyHost<Promise<CohereModuleOptions>>;

/**
 * Diagnoses an error thrown around a Cohere call: an error of this library, one of `cohere-ai`, an
 * error that has one of these as its `cause`, or a raw network failure. Returns `undefined` for anything
 * else, and for a call that its caller aborted. Never throws, and never shows a secret of the error.
 *
 * @example
 * ```ts
 * try {
 *   await cohere.rerank(request);
 * } catch (error) {
 *   logger.error(diagnose(error)?.fix.join(' ') ?? 'not about Cohere');
 * }
 * ```
 * @publicApi
 */
declare function diagnose(error: unknown): Diagnosis | undefined;

/**
 * Answers what this library throws, and what `cohere-ai` throws, with the diagnosis: an
 * AuthenticationError becomes HTTP 401 with the steps that fix it. `CohereModule` registers it for the
 * whole app unless `filter: false`; it works with `@UseFilters(CohereExceptionFilter)` as well, which
 * WebSocket gateways need.
 *
 * @publicApi
 */
declare class CohereExceptionFilter implements ExceptionFilter, OnApplicationShutdown {
    #private;
    constructor(adapterHost: HttpAdapterHost, options?: CohereFilterOptions);
    catch(exception: unknown, host: ArgumentsHost): Observable<void> | Error | void;
    onApplicationShutdown(): void;
}

/**
 * A Nest `HttpException` with the headers that go with its status.
 *
 * @publicApi
 */
declare class CohereHttpException extends HttpException {
    /**
     * `Cache-Control: no-store`, `WWW-Authenticate` of a 401, and `Retry-After` of a 429 or 503 if Cohere sent
     * one.
     */
    readonly headers: Readonly<Record<string, string>>;
    /** The same as `getResponse()`, with its type. */
    readonly body: ErrorAnswer;
}
/**
 * Returns what `CohereExceptionFilter` would answer, for apps with a catch-all filter of their own.
 *
 * @param error anything that was thrown
 * @param options as the module's `filter: { … }`; an invalid result of `statusFor` is ignored
 * @returns undefined for an error that is not about Cohere, and for an HttpException of the app's own
 *
 * @example
 * ```ts
 * catch(exception: unknown, host: ArgumentsHost) {
 *   const error = toHttpException(exception) ?? exception;
 *   const status = error instanceof HttpException ? error.getStatus() : 500;
 * ```
 * @publicApi
 */
declare function toHttpException(error: unknown, options?: CohereFilterOptions): CohereHttpException | undefined;

/**
 * Prints the report of a failed boot in `main.ts`, then exits with the diagnosis' exit code (78 configuration, 77 key
 * rejected, 69 Cohere unavailable). Does not repeat a report that Nest has printed. Prints any other error like Node,
 * and exits with 1.
 *
 * Pass `abortOnError: false` to `NestFactory.create`; otherwise Nest ends the process itself when a
 * provider fails, with the same report and exit code.
 *
 * @example
 * ```ts
 * async function bootstrap() {
 *   const app = await NestFactory.create(AppModule, { abortOnError: false });
 *   await app.listen(3000);
 * }
 * bootstrap().catch(failBoot);
 * ```
 * @publicApi
 */
declare function failBoot(error: unknown): void;

export { CohereEnv, CohereExceptionFilter, CohereHttpException, CohereModule, CohereModuleOptions, Diagnosis, InjectCohere, InjectRerank, cohereConfig, cohereEnvSchema, diagnose, failBoot, getCohereToken, toHttpException };
export type { CohereErrorResponse, CohereFilterOptions, CohereModuleExtras };
