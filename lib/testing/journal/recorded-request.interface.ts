/**
 * One request as the emulator saw it. The key is there as a fingerprint only.
 *
 * @publicApi
 */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  /** The query string, without `?`; empty where there is none. */
  readonly query: string;
  /** `sha256:1f3a9c02`, or `undefined` where no key came along. */
  readonly fingerprint: string | undefined;
  /** Without `authorization`, `proxy-authorization` and `cookie`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON body, or its text where it is no JSON; `undefined` where there is none. */
  readonly body: unknown;
  /** When it came, by the emulator's clock, in milliseconds. */
  readonly at: number;
  /** What it was answered; `undefined` while it waits, and where the connection broke first. */
  readonly status: number | undefined;
  /** From arrival to the end of the answer, in milliseconds; `undefined` while it waits. */
  readonly durationMs: number | undefined;
}

/**
 * How many requests came since the start, or since `clearRequests()`.
 *
 * @publicApi
 */
export interface RequestCounters {
  readonly requests: number;
  readonly byPath: Readonly<Record<string, number>>;
  /** By the status they were answered with; a request that got none is in no group. */
  readonly byStatus: Readonly<Record<number, number>>;
}
