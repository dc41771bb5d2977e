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
  readonly key?: KeyDescription | undefined;
  /** Set where nobody knows any more whether the request carried a key, and which. */
  readonly keyIsUnknown?: boolean | undefined;
}

/** A response as it came over the wire. */
export interface ReceivedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as text, possibly cut. */
  readonly body: string;
}

/** `api.cohere.com/v2/rerank`; the scheme only where it is not https. Never user, password or query. */
export function describeTarget(context: RequestContext | undefined): string {
  if (context === undefined) {
    return 'Cohere';
  }
  if (!URL.canParse(context.baseUrl)) {
    return context.path;
  }
  const { protocol, host, pathname } = new URL(context.baseUrl);
  const scheme = protocol === 'https:' ? '' : `${protocol}//`;
  return `${scheme}${host}${pathname.replace(/\/+$/, '')}${context.path}`;
}

/** `COHERE_API_KEY, 40 characters, sha256:1f3a9c02` */
export function describeKey({ name, length, fingerprint }: KeyDescription): string {
  return `${name}, ${length} ${length === 1 ? 'character' : 'characters'}, ${fingerprint}`;
}

/** A sentence has one full stop, also where it ends with somebody else's. */
export function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
