import { DiagnosedError, type RerankResponse } from 'nestjs-cohere';

/** One line of the output. `results` name documents by their place in the request. */
export type Result =
  | {
      readonly id: string;
      readonly results: readonly { readonly index: number; readonly relevanceScore: number }[];
      readonly error?: undefined;
    }
  | { readonly id: string; readonly error: string; readonly results?: undefined };

export const NOT_A_REQUEST = 'The line is not a JSON object.';

export function toResult(id: string, { results }: RerankResponse<string | object>): Result {
  return {
    id,
    results: results.map(({ index, relevanceScore }) => ({ index, relevanceScore })),
  };
}

/** `COHERE_REQUEST_INVALID: query must be …` */
export function describeError(error: unknown): string {
  if (error instanceof DiagnosedError) {
    return `${error.code}: ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}
