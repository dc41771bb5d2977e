import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CohereTestingController, type CohereTestingOptions } from './cohere-testing-controller.js';
import { getRerankToken } from '../rerank/rerank.service.js';

/**
 * Options that shape the module itself.
 *
 * @publicApi
 */
export interface CohereTestingExtras {
  /** The named instance to replace. Default: the unnamed one. */
  readonly name?: string | undefined;
  /** Makes it available to every module without an import; use the value of `CohereModule`. Default false. */
  readonly isGlobal?: boolean | undefined;
}

/**
 * Replaces `CohereModule` in tests: `RerankService` without HTTP, key or startup check, and a
 * `CohereTestingController` to script failures and inspect calls.
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
  /** Returns the module with options; without options, import `CohereTestingModule` itself. */
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

// A separate class, or Nest would add the unnamed instance of the decorator above to every named one.
@Module({})
class ConfiguredCohereTestingModule {}

/**
 * Returns the injection token of an instance's controller: `CohereTestingController` itself, or that of the named
 * one.
 *
 * @publicApi
 */
export function getCohereTestingToken(name?: string): typeof CohereTestingController | string {
  return name === undefined ? CohereTestingController : `COHERE_TESTING_${name}`;
}

/** Returns factories, so that modules compiled from one definition share no calls and no failures. */
function testingProviders(name: string | undefined, options: CohereTestingOptions): Provider[] {
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
