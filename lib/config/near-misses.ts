import { editsBetween } from './closest-name.js';

const KEY_VARIABLE = 'COHERE_API_KEY';

// Names that people, other SDKs and other libraries use for the same thing.
const OTHER_NAMES = new Set([
  'CO_API_KEY',
  'CO_KEY',
  'COHERE_KEY',
  'COHERE_APIKEY',
  'COHEREAPIKEY',
  'COHERE_API_TOKEN',
  'COHERE_TOKEN',
  'COHERE_SECRET',
  'COHERE_SECRET_KEY',
  'COHERE_ACCESS_TOKEN',
  'COHERE_RERANK_API_KEY',
]);

/** Variables that are set, and that somebody may have taken for COHERE_API_KEY; CO_API_KEY first. */
export function nearMisses(
  variables: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return Object.entries(variables)
    .filter(([name, value]) => value !== undefined && value.trim() !== '' && isNearMiss(name))
    .map(([name]) => name)
    .toSorted((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
}

function isNearMiss(name: string): boolean {
  const upper = name.trim().toUpperCase();
  return (
    name !== KEY_VARIABLE && (OTHER_NAMES.has(upper) || editsBetween(upper, KEY_VARIABLE) <= 2)
  );
}

function rank(name: string): number {
  return name === 'CO_API_KEY' ? 0 : 1;
}
