/** How a key is named in any output: where it stands, how long it is, and its fingerprint. */
export interface KeyDescription {
  /** `COHERE_API_KEY`, `/run/secrets/cohere`, `the apiKey option`, `the key given to forKey()`. */
  readonly name: string;
  readonly length: number;
  /** `sha256:1f3a9c02` */
  readonly fingerprint: string;
}

/** What a failed request was about, so that a diagnosis can name it. */
export interface RequestContext {
  readonly baseUrl: string;
  /** `/v2/rerank`, `/v1/check-api-key`, … */
  readonly path: string;
  /** Left out where the request carried none. */
  readonly key?: KeyDescription;
  /** Set where nobody knows any more whether the request carried a key, and which. */
  readonly keyIsUnknown?: boolean;
}

/** A response as it came over the wire. */
export interface ReceivedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as text, possibly cut. */
  readonly body: string;
}
