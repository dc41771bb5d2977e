import type { Secret } from '../config/secret.js';
import type { RequestContext } from '../diagnosis/request-context.interface.js';

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
