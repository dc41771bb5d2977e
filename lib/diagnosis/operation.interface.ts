/** One endpoint, and its name in texts. */
export interface Operation {
  readonly method: 'GET' | 'POST';
  /** `/v2/rerank`, `/v1/check-api-key`, … */
  readonly path: string;
  /** Its name in texts: `rerank`, `embed`, `the key check`. */
  readonly name: string;
  /** The setting that names its model, e.g. `COHERE_RERANK_MODEL`. Absent if the call names it. */
  readonly modelSetting?: string | undefined;
  /** For the check of a model: the operation that the model is for, e.g. `rerank`. */
  readonly checks?: string | undefined;
}

/** Returns the operation of a request of the `cohere-ai` SDK, named by its path: `/v2/embed` is `embed`. */
export function operationAt(method: string, path: string): Operation {
  const name = /^\/v\d+\/([a-z][\w-]{0,40})$/i.exec(path)?.[1];
  return { method: method === 'GET' ? 'GET' : 'POST', path, name: name ?? 'the request' };
}
