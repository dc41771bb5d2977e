import type { RerankService } from '../rerank/rerank.service.js';
import { CohereTestingController } from './cohere-testing-controller.js';
import type { CohereTestingOptions } from './module/cohere-testing-options.interface.js';

/**
 * A `RerankService` without HTTP, for tests that need not script failures. Those that do make a
 * `CohereTestingController` and use its `rerank`.
 *
 * @example
 * ```ts
 * Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(RerankService)
 *   .useValue(createFakeRerankService());
 * ```
 * @publicApi
 */
export function createFakeRerankService(options: CohereTestingOptions = {}): RerankService {
  return new CohereTestingController(options).rerank;
}
