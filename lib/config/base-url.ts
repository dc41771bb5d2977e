import { isHostOfCohere } from '../diagnosis/library.js';
/** What is wrong with an address, as the end of `must be …`; or the address in the form requests are built on. */
export type BaseUrlResult =
  { readonly url: string; readonly isPlainHttp: boolean } | { readonly wrong: string };

const API_PATH = /\/(?:v[12]\/rerank|v[12]|rerank)$/;
const MAX_LENGTH = 2_048;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|.+\.localhost)$/;

/**
 * Drops a trailing `/v1`, `/v2`, `/rerank` and slashes, which people copy from Cohere's samples and
 * which would be doubled (https://github.com/BerriAI/litellm/pull/31567); a sub-path before them stays.
 */
export function normalizeBaseUrl(text: string): BaseUrlResult {
  if (text.length > MAX_LENGTH) {
    return { wrong: `it is longer than ${MAX_LENGTH} characters` };
  }
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed)) {
    return { wrong: 'it does not begin with https:// or http://' };
  }
  if (!URL.canParse(trimmed)) {
    return { wrong: 'it is not a complete URL' };
  }
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') {
    return { wrong: 'it contains a user name or a password' };
  }
  // URL drops an empty query or fragment, so the text is looked at.
  if (/[?#]/.test(trimmed)) {
    return { wrong: 'it contains a query or a fragment' };
  }
  if (/\s/.test(trimmed)) {
    return { wrong: 'it contains white space' };
  }
  const path = withoutTrailingSlashes(withoutTrailingSlashes(url.pathname).replace(API_PATH, ''));
  return {
    url: `${url.origin}${path}`,
    isPlainHttp: url.protocol === 'http:' && !LOOPBACK.test(url.hostname),
  };
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') {
    end--;
  }
  return path.slice(0, end);
}

/** Whether an address is Cohere's own, as none is. One that is not a URL counts as such: it is refused anyway. */
export function isCohereHost(baseUrl: unknown): boolean {
  return (
    typeof baseUrl !== 'string' ||
    !URL.canParse(baseUrl) ||
    isHostOfCohere(new URL(baseUrl).hostname)
  );
}
