import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { CohereModuleOptions, CohereOptionsFactory } from './config/settings.js';
import type { CohereFilterOptions } from './filter/error-response.js';

/** Holds the options, so that printing Nest's container does not show a key given as a string. */
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
 * Extras of `forRoot` and `forRootAsync`, next to the options: they shape the module itself.
 *
 * @publicApi
 */
export interface CohereModuleExtras {
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
