import {
  Inject,
  Module,
  Optional,
  Scope,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { createProviders, exportedTokens, holdOptions } from './cohere.providers.js';
import {
  COHERE_API_KEY_SERVICE,
  COHERE_CALL_SITE,
  COHERE_STARTUP_CHECK,
  COHERE_TRANSPORT,
} from './cohere.tokens.js';
import { OPTION_NAMES } from './config/settings.js';
import { createDiagnosis } from './diagnosis/create-diagnosis.js';
import type { Diagnosis } from './diagnosis/diagnosis.interface.js';
import { createError } from './diagnosis/errors.js';
import { incidentLogOf } from './filter/incident-log.js';
import type { ApiKeyService } from './transport/api-key.service.js';
import type { CohereTransport } from './transport/cohere-transport.js';
import {
  type ASYNC_OPTIONS_TYPE,
  type CohereModuleExtras,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './cohere.module-definition.js';
import { bootFailure, CallSite } from './startup/boot-report.js';
import type { StartupCheck } from './startup/startup-check.js';

/** The grace period: on shutdown, in-flight requests may still call Cohere for this long. */
const SHUTDOWN_GRACE_MS = 5_000;

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
@Module({})
export class CohereModule
  extends ConfigurableModuleClass
  implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #module: ModuleRef;
  readonly #callSite: CallSite;
  #graceEndsAt = 0;

  /** @internal */
  constructor(
    @Inject(ModuleRef) module: ModuleRef,
    @Optional() @Inject(COHERE_CALL_SITE) callSite: CallSite | undefined,
  ) {
    super();
    if (callSite === undefined) {
      throw bootFailure(createError(diagnoseBareImport()), new CallSite(CohereModule));
    }
    this.#module = module;
    this.#callSite = callSite;
  }

  /**
   * Registers an instance with static options. Options that are left out come from the environment.
   *
   * @throws (while the app starts) AuthenticationError or ConfigurationError, with every problem in one report
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // oxlint-disable-next-line typescript/unbound-method -- it only names a frame of the stack
    const callSite = new CallSite(CohereModule.forRoot, options?.name);
    if (!isObject(options)) {
      // The report lists the valid options.
      const definition = super.forRootAsync({ useFactory: () => options });
      return withProviders(definition, callSite, {});
    }
    return withProviders(super.forRoot(options), callSite, options);
  }

  /**
   * Registers an instance with options that come from elsewhere, or, without an argument, wholly from
   * the environment. Takes `cohereConfig.asProvider()` as well.
   *
   * @throws (while the app starts) AuthenticationError or ConfigurationError, with every problem in one report
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE = {}): DynamicModule {
    // oxlint-disable-next-line typescript/unbound-method -- it only names a frame of the stack
    const callSite = new CallSite(CohereModule.forRootAsync, options?.name);
    if (!isObject(options)) {
      return withProviders(super.forRootAsync({ useFactory: () => options }), callSite, {});
    }
    const problem = diagnoseAsyncOptions(options);
    const source = options.useFactory ?? options.useClass ?? options.useExisting;
    let complete = source === undefined ? { ...options, useFactory: () => ({}) } : options;
    if (problem !== undefined) {
      complete = { useFactory: () => Promise.reject(bootFailure(createError(problem), callSite)) };
    }
    const isFromClass = complete.useFactory === undefined;
    return withProviders(super.forRootAsync(complete), callSite, options, isFromClass);
  }

  /** @throws DiagnosedError when the startup check failed, or the options depend on the request */
  async onModuleInit(): Promise<void> {
    if (this.#module.introspect(MODULE_OPTIONS_TOKEN).scope !== Scope.DEFAULT) {
      throw bootFailure(createError(diagnoseRequestScope()), this.#callSite);
    }
    await this.#module.get<StartupCheck>(COHERE_STARTUP_CHECK).finish();
  }

  /**
   * Starts the grace period. The HTTP server is about to wait for its requests in flight, which may still call
   * Cohere; none of them delays the shutdown for longer than that.
   */
  beforeApplicationShutdown(): void {
    const transport = this.#module.get<CohereTransport>(COHERE_TRANSPORT);
    this.#graceEndsAt = performance.now() + SHUTDOWN_GRACE_MS;
    transport.calls.beginClose();
    setTimeout(() => void transport.close(), SHUTDOWN_GRACE_MS).unref();
  }

  /** Waits for calls of cron jobs, queues and microservices, for the same grace period as HTTP requests. */
  async onApplicationShutdown(): Promise<void> {
    this.#module.get<StartupCheck>(COHERE_STARTUP_CHECK).cancel();
    const { calls } = this.#module.get<CohereTransport>(COHERE_TRANSPORT);
    await calls.idle(this.#graceEndsAt - performance.now());
    this.#module.get<ApiKeyService>(COHERE_API_KEY_SERVICE).close();
    incidentLogOf(this.#module.get(HttpAdapterHost, { strict: false })).close();
    await this.#module.get<CohereTransport>(COHERE_TRANSPORT).close();
  }
}

function withProviders(
  definition: DynamicModule,
  callSite: CallSite,
  extras: CohereModuleExtras,
  isFromClass = false,
): DynamicModule {
  return {
    ...definition,
    global: extras.isGlobal ?? false,
    providers: [
      ...(definition.providers ?? []).map((provider) =>
        holdOptions(provider, { callSite, isFromClass }),
      ),
      ...createProviders(callSite, extras),
    ],
    exports: exportedTokens(extras),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `imports: [CohereModule]` */
function diagnoseBareImport(): Diagnosis {
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'CohereModule is imported without forRoot() or forRootAsync().',
    detail: 'The class itself is in the imports of a module; it has no options and no providers.',
    fix: [
      'Write imports: [CohereModule.forRootAsync()].',
      'Do so once, in the root module with isGlobal: true, if several modules use it.',
    ],
  });
}

/** Reports mistakes that TypeScript would reject, and that would otherwise be ignored or fail deep inside Nest. */
function diagnoseAsyncOptions(options: typeof ASYNC_OPTIONS_TYPE): Diagnosis | undefined {
  const misplaced = [...OPTION_NAMES, 'useValue'].filter((name) => Object.hasOwn(options, name));
  if (misplaced.length > 0) {
    return createDiagnosis('COHERE_CONFIG_INVALID', {
      title: `forRootAsync() does not take ${misplaced.join(' and ')}.`,
      detail: 'forRootAsync() takes useFactory, useClass or useExisting, which give the options.',
      fix: [
        misplaced.includes('useValue')
          ? 'Pass the value to forRoot().'
          : `Return ${misplaced.length === 1 ? 'it' : 'them'} from useFactory: forRootAsync({ useFactory: () => ({ ${misplaced[0]}: … }) }).`,
      ],
    });
  }
  const { useFactory } = options;
  return useFactory === undefined || typeof useFactory === 'function'
    ? undefined
    : createDiagnosis('COHERE_CONFIG_INVALID', {
        title: 'useFactory must be a function.',
        detail: `useFactory, given to forRootAsync(), is of the type ${typeof useFactory}.`,
        fix: ['Write useFactory: () => ({ … }), or pass the options to forRoot().'],
      });
}

/** Reports request-scoped options: Nest would rebuild the module for each request, with its own pool and no check. */
function diagnoseRequestScope(): Diagnosis {
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'The options of CohereModule depend on the request.',
    detail: 'forRootAsync() injects REQUEST, or a provider that is not a singleton.',
    fix: [
      'Inject only singletons into forRootAsync(), and call rerankService.forKey(key) where the key depends on the request.',
    ],
  });
}
