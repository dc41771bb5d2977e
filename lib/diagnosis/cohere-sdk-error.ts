import { readProperty, readString } from './read-safely.js';

/**
 * Whether a value is an error of `cohere-ai`: CohereError, one of its subclasses, or CohereTimeoutError.
 * Goes by shape, since the SDK is not loaded for this and a tree can hold two copies of it. The errors of
 * other HTTP clients and generated SDKs do not match. Never throws.
 */
export function isCohereSdkError(value: unknown): value is Error {
  try {
    if (Object.prototype.toString.call(value) !== '[object Error]') {
      return false;
    }
    const names = classNames(value);
    return (
      names.includes('CohereTimeoutError') ||
      (hasResponseFields(value) && (names.includes('CohereError') || comesFromCohere(value)))
    );
  } catch {
    return false;
  }
}

/** `statusCode`, `body` and `rawResponse` are the error's own even when they are undefined. */
function hasResponseFields(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['statusCode', 'body', 'rawResponse'].every((name) => Object.hasOwn(value, name))
  );
}

/** A minifier takes the class names away; then the address of the response is all that is left. */
function comesFromCohere(value: unknown): boolean {
  const url = readString(readProperty(value, 'rawResponse'), 'url') ?? '';
  return URL.canParse(url) && /(?:^|\.)cohere\.(?:com|ai)$/.test(new URL(url).hostname);
}

export function classNames(value: unknown): readonly string[] {
  const names: string[] = [];
  let link: unknown = value;
  for (let depth = 0; depth < 20 && typeof link === 'object' && link !== null; depth += 1) {
    link = Object.getPrototypeOf(link);
    const constructor: unknown =
      typeof link === 'object' && link !== null
        ? Object.getOwnPropertyDescriptor(link, 'constructor')?.value
        : undefined;
    const name = readString(constructor, 'name');
    if (name !== undefined) {
      names.push(name);
    }
  }
  return names;
}
