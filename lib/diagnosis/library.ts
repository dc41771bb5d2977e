/** The same as `version` in package.json; a test compares the two. */
export const VERSION = '1.0.0';

/** The same address as `homepage` in package.json, without its fragment; a test compares the two. */
export const HOMEPAGE = 'https://github.com/nestjs-cohere/nestjs-cohere';

/** The address of the documentation of one code. */
export function docsUrl(code: string): string {
  return `${HOMEPAGE}/blob/main/docs/errors.md#${code.toLowerCase()}`;
}

/** Where Cohere answers unless the app names another address. */
export const DEFAULT_HOST = 'api.cohere.com';

/** Whether a host is Cohere's own, and not a private deployment, a gateway or a proxy. */
export function isHostOfCohere(host: string): boolean {
  return /(?:^|\.)cohere\.(?:com|ai)\.?$/i.test(host);
}

/** Whether the app, or its environment, chose an address of its own. */
export function isOwnAddress(host: string): boolean {
  return host !== DEFAULT_HOST;
}
