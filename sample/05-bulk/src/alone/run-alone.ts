import { NestFactory } from '@nestjs/core';
import { AuthenticationError, DiagnosedError, QuotaError, RerankService } from 'nestjs-cohere';
import { countRequests, readRequests, type Request } from '../files/requests-file.js';
import { describeError, NOT_A_REQUEST, toResult } from '../files/result.js';
import { ResultsFile } from '../files/results-file.js';
import { Progress } from '../progress.js';

export interface Files {
  readonly requests: string;
  readonly results: string;
}

/**
 * Reranks the whole input in this process. What has a result already is skipped; what fails for reasons that
 * may pass gets none, and is done by the next run.
 *
 * @returns how many requests are left without a result
 * @throws AuthenticationError or QuotaError when the account itself is the problem
 */
export async function runAlone(files: Files, signal: AbortSignal): Promise<number> {
  const { AloneModule } = await import('./alone.module.js');
  const total = await countRequests(files.requests);
  const app = await NestFactory.createApplicationContext(AloneModule, {
    abortOnError: false,
    logger: ['warn', 'error'],
  });
  try {
    const results = await ResultsFile.open(files.results);
    const progress = new Progress(total, results.count);
    try {
      return await rerankAll(app.get(RerankService), files.requests, { results, progress, signal });
    } finally {
      await results.close();
      progress.end();
    }
  } finally {
    await app.close();
  }
}

interface Run {
  readonly results: ResultsFile;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function rerankAll(rerank: RerankService, path: string, run: Run): Promise<number> {
  const { results, progress, signal } = run;
  /** By the index of the request in the run: requests that are under way. */
  const ids = new Map<number, string>();
  let left = 0;
  async function* unfinished(): AsyncGenerator<Request> {
    let index = 0;
    for await (const { id, request } of readRequests(path)) {
      if (results.has(id)) {
        continue;
      }
      if (request === undefined) {
        await results.append({ id, error: NOT_A_REQUEST });
        progress.step(true);
      } else {
        ids.set(index, id);
        index += 1;
        yield request;
      }
    }
  }
  for await (const { index, response, error } of rerank.rerankEach(unfinished(), { signal })) {
    const id = ids.get(index) ?? '';
    ids.delete(index);
    if (response !== undefined) {
      await results.append(toResult(id, response));
    } else if (error instanceof AuthenticationError || error instanceof QuotaError) {
      throw error;
    } else if (mayPass(error)) {
      left += 1;
    } else {
      await results.append({ id, error: describeError(error) });
    }
    progress.step(error !== undefined);
  }
  return left;
}

function mayPass(error: DiagnosedError): boolean {
  return error.diagnosis.retryable;
}
