/** The same as `version` in package.json; a test compares the two. */
export const VERSION = '0.1.0';

/** The same address as `homepage` in package.json, without its fragment; a test compares the two. */
export const HOMEPAGE = 'https://github.com/nestjs-cohere/nestjs-cohere';

/** Where the documentation of one code stands. */
export function docsUrl(code: string): string {
  return `${HOMEPAGE}/blob/main/docs/errors.md#${code.toLowerCase()}`;
}
