import type { Provider } from '@nestjs/common';
import { getRerankToken } from '../../rerank/rerank-token.js';
import { CohereTestingController } from '../cohere-testing-controller.js';
import type { CohereTestingOptions } from './cohere-testing-options.interface.js';

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
