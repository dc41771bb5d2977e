import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RerankService } from 'nestjs-cohere';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { cohereWithin, readBudget } from './cohere.js';
import { describeError, Results, toResult, unfinishedRequests } from './files.js';

/**
 * Reranks the whole input in this process. A request that fails for a reason that may pass gets no result, and is
 * retried by the next run.
 *
 * @returns the number of requests without a result
 * @throws AuthenticationError or QuotaError when the account itself is the problem
 */
export async function rerankAlone(input: string, output: string, signal: AbortSignal) {
  @Module({ imports: [cohereWithin(new RateLimiterMemory(readBudget()))] })
  class AloneModule {}

  const results = await Results.open(output);
  const app = await NestFactory.createApplicationContext(AloneModule, {
    abortOnError: false,
    logger: ['warn', 'error'],
  });
  // By the index of the request in the run: the requests in flight.
  const ids = new Map<number, string>();
  async function* requests() {
    let index = 0;
    for await (const { id, request } of unfinishedRequests(input, results)) {
      ids.set(index, id);
      index += 1;
      yield request;
    }
  }
  let left = 0;
  try {
    for await (const outcome of app.get(RerankService).rerankEach(requests(), { signal })) {
      const { index, response, error } = outcome;
      const id = ids.get(index) ?? '';
      ids.delete(index);
      if (response !== undefined) {
        results.append(toResult(id, response));
      } else if (error.diagnosis.retryable) {
        left += 1;
      } else {
        results.append({ id, error: describeError(error) });
      }
    }
  } finally {
    results.showProgress();
    await app.close();
  }
  if (left > 0) {
    process.stderr.write(`${left} requests failed for now. Run the same command again for them.\n`);
  }
  return left;
}
