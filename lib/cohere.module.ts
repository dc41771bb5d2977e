import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import {
  ConfigurableModuleClass,
  type ASYNC_OPTIONS_TYPE,
  type CohereModuleExtras,
  type OPTIONS_TYPE,
} from './cohere.module-definition.js';
import { createProviders, exportedTokens, holdOptions } from './cohere.providers.js';
import { CallSite } from './startup/call-site.js';
import type { StartupCheck } from './startup/startup-check.js';
import type { CohereTransport } from './transport/cohere-transport.js';
import { COHERE_STARTUP_CHECK, COHERE_TRANSPORT } from './cohere.tokens.js';

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
  implements OnModuleInit, OnApplicationShutdown
{
  readonly #startupCheck: StartupCheck;
  readonly #transport: CohereTransport;

  /** @internal */
  constructor(
    @Inject(COHERE_STARTUP_CHECK) startupCheck: StartupCheck,
    @Inject(COHERE_TRANSPORT) transport: CohereTransport,
  ) {
    super();
    this.#startupCheck = startupCheck;
    this.#transport = transport;
  }

  /**
   * Registers an instance with options known now. What is left out comes from the environment.
   *
   * @throws (while the app starts) AuthenticationError or ConfigurationError, with every problem in one report
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // oxlint-disable-next-line typescript/unbound-method -- it only names a frame of the stack
    const callSite = new CallSite(CohereModule.forRoot);
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
    const callSite = new CallSite(CohereModule.forRootAsync);
    const source = options.useFactory ?? options.useClass ?? options.useExisting;
    const complete = source === undefined ? { ...options, useFactory: () => ({}) } : options;
    return withProviders(super.forRootAsync(complete), callSite, options);
  }

  onModuleInit(): Promise<void> {
    return this.#startupCheck.finish();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#startupCheck.cancel();
    await this.#transport.close();
  }
}

function withProviders(
  definition: DynamicModule,
  callSite: CallSite,
  extras: CohereModuleExtras,
): DynamicModule {
  return {
    ...definition,
    global: extras.isGlobal ?? false,
    providers: [
      ...(definition.providers ?? []).map(holdOptions),
      ...createProviders(callSite, extras),
    ],
    exports: exportedTokens(extras),
  };
}
