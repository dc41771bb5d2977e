/** The same as `version` in package.json; a test compares the two. */
export const VERSION = '1.1.0';

/** The same address as `homepage` in package.json, without its fragment; a test compares the two. */
export const HOMEPAGE = 'https://github.com/nestjs-cohere/nestjs-cohere';

/** Returns the address of a code's documentation. */
export function docsUrl(code: string): string {
  return `${HOMEPAGE}/blob/main/docs/errors.md#${code.toLowerCase()}`;
}

/** Cohere's host, used unless the app names another address. */
export const DEFAULT_HOST = 'api.cohere.com';

/** Returns true for Cohere's own hosts, false for private deployments, gateways and proxies. */
export function isHostOfCohere(host: string): boolean {
  return /(?:^|\.)cohere\.(?:com|ai)\.?$/i.test(host);
}

/** True if the app, or its environment, names another address than the default. */
export function isOwnAddress(host: string): boolean {
  return host !== DEFAULT_HOST;
}
