/** One endpoint, and its name in texts. */
export interface Operation {
  readonly method: 'GET' | 'POST';
  /** `/v2/rerank`, `/v1/check-api-key`, … */
  readonly path: string;
  /** Its name in texts: `rerank`, `embed`, `the key check`. */
  readonly name: string;
  /** The setting that names its model, e.g. `COHERE_RERANK_MODEL`. Absent if the call names it. */
  readonly modelSetting?: string | undefined;
  /** Cohere's page about its models. */
  readonly modelsPage?: string | undefined;
  /** The name of the texts that it is about, e.g. `documents`. Default `texts`. */
  readonly inputs?: string | undefined;
  /** The option that limits their number in one request; calls with more are split. */
  readonly inputsOption?: string | undefined;
  /** The argument that limits the length of each of them. */
  readonly lengthArgument?: string | undefined;
  /** Other paths that some servers serve it at, e.g. `/v1/rerank`; a base URL may end in one. */
  readonly otherPaths?: readonly string[] | undefined;
  /** For the check of a model: the operation that the model is for. */
  readonly checks?: Operation | undefined;
}

/** Returns the operation of a request of the `cohere-ai` SDK, named by its path: `/v2/embed` is `embed`. */
export function operationAt(method: string, path: string): Operation {
  const name = /^\/v\d+\/([a-z][\w-]{0,40})$/i.exec(path)?.[1];
  return { method: method === 'GET' ? 'GET' : 'POST', path, name: name ?? 'the request' };
}
