import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { CohereModuleOptions, CohereOptionsFactory } from './config/settings.js';
import type { CohereFilterOptions } from './filter/error-response.js';

/** Options may hold the key as a string, and Nest's container can be printed; this cannot. */
export class HeldOptions {
  readonly #options: CohereModuleOptions;

  constructor(options: CohereModuleOptions) {
    this.#options = options;
  }

  unwrap(): CohereModuleOptions {
    return this.#options;
  }
}

/**
 * What goes next to the options of `forRoot` and `forRootAsync`, because it shapes the module itself.
 *
 * @publicApi
 */
export interface CohereModuleExtras {
  /** Names the instance: it is injected with `@InjectRerank(name)`. Default: the unnamed instance, `RerankService`. */
  readonly name?: string | undefined;
  /** Whether every module sees the instance without importing it. Default false. */
  readonly isGlobal?: boolean | undefined;
  /**
   * Whether the exception filter is registered for the whole app, and how it answers. Default true. In an app
   * with several instances, the last one that is registered answers for all: set it on that one.
   */
  readonly filter?: boolean | CohereFilterOptions | undefined;
  /** Whether the SDK's `CohereClientV2` can be injected with `@InjectCohere()`. Default false. */
  readonly client?: boolean | undefined;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<CohereModuleOptions>({ moduleName: 'Cohere' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createCohereOptions' satisfies keyof CohereOptionsFactory)
    .setExtras<CohereModuleExtras>({
      name: undefined,
      isGlobal: undefined,
      filter: undefined,
      client: undefined,
    })
    .build();
