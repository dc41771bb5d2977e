import { isHostOfCohere } from '../diagnosis/library.js';
import { looksLikeSecret } from './describe-value.js';

/** A normalized address, or its defect and the step that corrects it. */
export type BaseUrlResult =
  | {
      readonly url: string;
      /** The path under the URL that rerank is sent to; absent if it does not name one. */
      readonly rerankPath?: string;
      readonly isPlainHttp: boolean;
    }
  | { readonly wrong: string; readonly step?: string | undefined };

const API_PATH = /(?:\/v[12])?\/rerank$|\/v[12]$/i;
const MAX_LENGTH = 2_048;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|.+\.localhost)$/;

/**
 * Drops a trailing `/v1`, `/v2`, `/rerank` and slashes, which are often copied from Cohere's samples and would be
 * doubled (https://github.com/BerriAI/litellm/pull/31567); keeps a path before them. On another host than Cohere's,
 * which may serve only `/v1/rerank` or `/rerank`, that ending is the path of rerank.
 */
export function normalizeBaseUrl(text: string): BaseUrlResult {
  if (text.length > MAX_LENGTH) {
    return { wrong: `it is longer than ${MAX_LENGTH} characters` };
  }
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed)) {
    return { wrong: 'it does not begin with https:// or http://', step: schemeStep(trimmed) };
  }
  if (!URL.canParse(trimmed)) {
    return { wrong: 'it is not a complete URL' };
  }
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') {
    return {
      wrong: 'it contains a user name or a password',
      step: 'Remove the user name and the password in front of the host; the key goes into COHERE_API_KEY.',
    };
  }
  // URL drops an empty query or fragment, so the text is checked.
  if (/[?#]/.test(trimmed)) {
    return {
      wrong: 'it contains a query or a fragment',
      step: 'Remove the ? or # and what follows it.',
    };
  }
  if (/\s/.test(trimmed)) {
    return { wrong: 'it contains white space', step: 'Remove the white space.' };
  }
  const path = withoutTrailingSlashes(url.pathname);
  const [ending = ''] = API_PATH.exec(path) ?? [];
  return {
    url: `${url.origin}${withoutTrailingSlashes(path.slice(0, path.length - ending.length))}`,
    ...(/rerank$/i.test(ending) && !isHostOfCohere(url.hostname) ? { rerankPath: ending } : {}),
    isPlainHttp: url.protocol === 'http:' && !LOOPBACK.test(url.hostname),
  };
}

function schemeStep(text: string): string | undefined {
  if (text.startsWith('//')) {
    return 'Write https: in front of it.';
  }
  const [, scheme] = /^([a-z]{1,10}):\/\//i.exec(text) ?? [];
  if (scheme !== undefined) {
    return `Write https:// in place of ${scheme}://.`;
  }
  if (looksLikeSecret(text) && !/[.:/]/.test(text)) {
    return 'This looks like a key: put it in COHERE_API_KEY.';
  }
  return /^[\w.-]{1,253}(?:[:/]|$)/.test(text)
    ? 'Write https:// in front of the host name.'
    : undefined;
}

export function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') {
    end--;
  }
  return path.slice(0, end);
}

/** Returns true for Cohere's own address, and without one. An invalid URL is refused elsewhere. */
export function isCohereHost(baseUrl: unknown): boolean {
  return (
    typeof baseUrl !== 'string' ||
    !URL.canParse(baseUrl) ||
    isHostOfCohere(new URL(baseUrl).hostname)
  );
}
