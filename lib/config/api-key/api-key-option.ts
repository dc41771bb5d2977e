import type { ApiKeyOption } from '../settings.js';

/** Whether the value has one of the forms of `ApiKeyOption`; what a string holds is for the key lint to say. */
export function isApiKeyOption(value: unknown): value is ApiKeyOption {
  if (typeof value === 'string' || typeof value === 'function' || value === false) {
    return true;
  }
  return isFileOption(value) || isEnvOption(value);
}

export function isFileOption(value: unknown): value is { readonly file: string } {
  return hasOnly(value, 'file');
}

export function isEnvOption(value: unknown): value is { readonly env: string } {
  return hasOnly(value, 'env');
}

function hasOnly(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const given = Object.entries(value).filter(([, content]) => content !== undefined);
  const [entry] = given;
  return (
    given.length === 1 &&
    entry?.[0] === name &&
    typeof entry[1] === 'string' &&
    entry[1].trim() !== ''
  );
}

/** The environment variable the option names, unless it is no name of one: a key may stand in its place. */
export function variableOf(option: unknown): string | undefined {
  return isEnvOption(option) && /^[A-Za-z_]\w*$/.test(option.env) ? option.env : undefined;
}
