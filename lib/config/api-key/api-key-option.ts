import { looksLikeSecret } from '../describe-value.js';
import type { ApiKeyOption } from '../settings.js';

/** Returns true for a form of `ApiKeyOption`; the key lint checks the content of a string. */
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

/** Returns the variable that the option names; `undefined` if it is not a variable name, and may be a key. */
export function variableOf(
  option: unknown,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  return isEnvOption(option) && namesVariable(option.env, variables) ? option.env : undefined;
}

/**
 * Returns true if a text names a variable. `{ env: process.env.COHERE_API_KEY }` contains the key itself, so an unset name
 * counts only if it has the form of a variable and is not the value of another one.
 */
function namesVariable(
  name: string,
  variables: Readonly<Record<string, string | undefined>>,
): boolean {
  return (
    /^[A-Za-z_][\w.-]{0,99}$/.test(name) &&
    (variables[name] !== undefined ||
      (/^(?:[A-Z][A-Z0-9]*|[a-z]+)(?:_[A-Z0-9]+|_[a-z]+)*$/.test(name) &&
        !looksLikeSecret(name) &&
        !Object.values(variables).includes(name)))
  );
}
