import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { getRerankToken } from '../rerank/rerank-token.js';
import { CohereTestingController, type CohereTestingOptions } from './cohere-testing-controller.js';

/**
 * What stands beside the options, because it shapes the module itself.
 *
 * @publicApi
 */
export interface CohereTestingExtras {
  /** The named instance to stand in for. Default: the unnamed one. */
  readonly name?: string | undefined;
  /** Whether every module sees it without importing it. Give what `CohereModule` was given. Default false. */
  readonly isGlobal?: boolean | undefined;
}

/**
 * Stands in for `CohereModule` in tests: `RerankService` without HTTP, key or startup check, and a
 * `CohereTestingController` to script failures and see calls.
 *
 * @example
 * ```ts
 * const module = await Test.createTestingModule({
 *   imports: [CohereTestingModule.forRoot()],
 *   providers: [SearchService],
 * }).compile();
 * module.get(CohereTestingController).failNext('COHERE_API_KEY_EXPIRED');
 * ```
 * @publicApi
 */
@Module({
  providers: testingProviders(undefined, {}),
  exports: [getRerankToken(), CohereTestingController],
})
export class CohereTestingModule {
  static forRoot({
    name,
    isGlobal,
    ...options
  }: CohereTestingOptions & CohereTestingExtras = {}): DynamicModule {
    return {
      module: ConfiguredCohereTestingModule,
      global: isGlobal ?? false,
      providers: testingProviders(name, options),
      exports: [getRerankToken(name), getCohereTestingToken(name)],
    };
  }
}

// A class of its own, or Nest would add the unnamed instance of the decorator above to every named one.
@Module({})
class ConfiguredCohereTestingModule {}

/**
 * The injection token of the controller of an instance: `CohereTestingController` itself, or that of
 * the named one.
 *
 * @publicApi
 */
export function getCohereTestingToken(name?: string): typeof CohereTestingController | string {
  return name === undefined ? CohereTestingController : `COHERE_TESTING_${name}`;
}

/** Factories, so that modules compiled from one definition share no calls and no failures. */
export function testingProviders(
  name: string | undefined,
  options: CohereTestingOptions,
): Provider[] {
  const controller = getCohereTestingToken(name);
  return [
    { provide: controller, useFactory: () => new CohereTestingController(options) },
    {
      provide: getRerankToken(name),
      inject: [controller],
      useFactory: ({ rerank }: CohereTestingController) => rerank,
    },
  ];
}
