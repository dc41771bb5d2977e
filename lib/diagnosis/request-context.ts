import { DEFAULT_HOST, isHostOfCohere, isOwnAddress } from './library.js';
import { HIDDEN, hideSecrets } from './redact/known-secret.js';
import type { Operation } from './operation.interface.js';

/** Names a key in any output: its source, its length and its fingerprint. */
export interface KeyDescription {
  /** `COHERE_API_KEY`, `/run/secrets/cohere`, `the apiKey option`, `the key given to forKey()`. */
  readonly name: string;
  readonly length: number;
  /** `sha256:1f3a9c02` */
  readonly fingerprint: string;
}

/** The subject of a failed request, as diagnoses name it. */
export interface RequestContext {
  readonly baseUrl: string;
  readonly operation: Operation;
  /** The secrets of the request, such as its key, to redact in texts about it. */
  readonly secrets?: readonly string[] | undefined;
  /** The key; absent if the request carried none. */
  readonly key?: KeyDescription | undefined;
  /** Set if it is unknown whether the request carried a key. */
  readonly keyIsUnknown?: boolean | undefined;
  /** The setting of its deadline. Default `COHERE_TIMEOUT_MS`. */
  readonly timeoutSetting?: string | undefined;
  /** The variable that names the proxy, such as `HTTP_PROXY`; absent without one. */
  readonly proxyVariable?: string | undefined;
}

/** An address for requests, and the secrets that it may contain. */
export type Address = Pick<RequestContext, 'baseUrl' | 'proxyVariable' | 'secrets'>;

/** The names of the server in titles and fixes. */
export interface Target {
  /** `Cohere`, or the host of another address; for steps that operators read. */
  readonly name: string;
  /** `Cohere`, or `the server`; for titles, which clients of the app read too. */
  readonly server: string;
  readonly host: string;
  readonly isCohere: boolean;
  /** True if COHERE_BASE_URL, or the option baseUrl, names another address than the default. */
  readonly isOwnAddress: boolean;
  readonly isPlainHttp: boolean;
  readonly port: number | undefined;
  /** The variable that names the proxy, or would name one. */
  readonly proxyVariable: string;
}

const COHERE: Target = {
  name: 'Cohere',
  server: 'Cohere',
  host: DEFAULT_HOST,
  isCohere: true,
  isOwnAddress: false,
  isPlainHttp: false,
  port: undefined,
  proxyVariable: 'HTTPS_PROXY',
};

/** Describes the server of a request. An unknown address counts as Cohere's own. */
export function targetOf(context: Address | undefined): Target {
  if (context === undefined || !URL.canParse(context.baseUrl)) {
    return COHERE;
  }
  const url = new URL(context.baseUrl);
  const { hostname, protocol, port } = url;
  const host = hideSecrets(url.host, context.secrets ?? []);
  const isPlainHttp = protocol === 'http:';
  const isCohere = isHostOfCohere(hostname);
  return {
    name: isCohere ? COHERE.name : host,
    server: isCohere ? COHERE.server : 'the server',
    host,
    isCohere,
    isOwnAddress: isOwnAddress(host),
    isPlainHttp,
    port: Number(port || (isPlainHttp ? 80 : 443)),
    proxyVariable: context.proxyVariable ?? COHERE.proxyVariable,
  };
}

/** Returns the name of the texts that a request is about. */
export function inputsOf(context: RequestContext | undefined): string {
  return context?.operation.inputs ?? 'texts';
}

/** Steps of a fix, or a title, that depend on the server. */
export type ForTarget<T> = T | ((target: Target, context: RequestContext | undefined) => T);

/** Returns the text for the documentation, which names no server. */
export function forAnyTarget<T extends string | readonly string[]>(
  value: ForTarget<T> | undefined,
  operation: Operation,
): T | undefined {
  return typeof value === 'function'
    ? value(
        { ...COHERE, name: 'the server', server: 'the server' },
        { baseUrl: `https://${DEFAULT_HOST}`, operation },
      )
    : value;
}

export function forTarget<T extends string | readonly string[]>(
  value: ForTarget<T> | undefined,
  context: RequestContext | undefined,
): T | undefined {
  return typeof value === 'function' ? value(targetOf(context), context) : value;
}

/** Returns a title, which may begin with `the server`, as a sentence. */
export function titleFor(
  title: ForTarget<string> | undefined,
  context: RequestContext | undefined,
): string | undefined {
  const text = forTarget(title, context);
  return text === undefined ? undefined : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** A response as received. */
export interface ReceivedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as text, possibly cut. */
  readonly body: string;
}

/** Formats an address: `api.cohere.com/v2/rerank`; with the scheme if not https, without user, password and query. */
export function describeTarget(context: RequestContext | undefined): string {
  if (context === undefined) {
    return 'Cohere';
  }
  if (!URL.canParse(context.baseUrl)) {
    return context.operation.path;
  }
  const { protocol, pathname } = new URL(context.baseUrl);
  const { host } = targetOf(context);
  const scheme = protocol === 'https:' ? '' : `${protocol}//`;
  const path = hideSecrets(pathname.replace(/\/$/, ''), context.secrets ?? []);
  return `${scheme}${host}${path === HIDDEN ? `/${HIDDEN}` : path}${context.operation.path}`;
}

/** `COHERE_API_KEY, 40 characters, sha256:1f3a9c02` */
export function describeKey({ name, length, fingerprint }: KeyDescription): string {
  return `${name}, ${length} ${length === 1 ? 'character' : 'characters'}, ${fingerprint}`;
}

/** Adds a full stop unless the quoted text already ends with one. */
export function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
