import type { Secret } from '../config/api-key/secret.js';
import type { RequestContext } from '../diagnosis/request-context.js';

/** The header that carries the key. The one line in which a key is unwrapped for a request. */
export function authorization(key: Secret | undefined): string | undefined {
  return key === undefined ? undefined : `Bearer ${key.reveal()}`;
}

/** What a diagnosis says about the request and its key. */
export function requestContext(
  { baseUrl }: { readonly baseUrl: string },
  path: string,
  key: Secret | undefined,
  keyName: string,
): RequestContext {
  return key === undefined
    ? { baseUrl, path }
    : {
        baseUrl,
        path,
        key: { name: keyName, length: key.length, fingerprint: key.fingerprint },
      };
}
