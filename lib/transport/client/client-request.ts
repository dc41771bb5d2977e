import type { SdkRequest } from '../sdk-fetcher.js';

/** The address the SDK asks for, with its query parameters. */
export function clientUrl({ url, queryParameters = {} }: SdkRequest): URL {
  const target = new URL(url);
  for (const [name, value] of Object.entries(queryParameters)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) {
        target.searchParams.append(name, String(item));
      }
    }
  }
  return target;
}

/**
 * The SDK's headers, under those of the module's options, in undici's flat form. The key is ours to add:
 * the SDK has none.
 */
export async function clientHeaders(
  { headers = {}, contentType, body, responseType }: SdkRequest,
  common: readonly string[],
  authorization: string | undefined,
): Promise<string[]> {
  const merged = new Map<string, string>();
  if (contentType !== undefined && body !== undefined) {
    merged.set('content-type', contentType);
  }
  for (const [name, value] of Object.entries(headers)) {
    // A supplier, in the SDK's words.
    // oxlint-disable-next-line no-await-in-loop
    const text: unknown =
      typeof value === 'function' ? await value({ endpointMetadata: {} }) : value;
    if (typeof text === 'string') {
      merged.set(name.toLowerCase(), text);
    }
  }
  for (let at = 0; at < common.length; at += 2) {
    merged.set(common[at] ?? '', common[at + 1] ?? '');
  }
  if (responseType === 'sse') {
    merged.set('accept', 'text/event-stream');
  }
  if (authorization !== undefined) {
    merged.set('authorization', authorization);
  }
  return [...merged].flat();
}
