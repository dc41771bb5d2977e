import { existsSync } from 'node:fs';

/** Reads a property of any value. A getter or proxy that throws counts as absent. */
export function readProperty(value: unknown, name: PropertyKey): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    return undefined;
  }
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

export function readString(value: unknown, name: PropertyKey): string | undefined {
  const property = readProperty(value, name);
  return typeof property === 'string' ? property : undefined;
}

export function readNumber(value: unknown, name: PropertyKey): number | undefined {
  const property = readProperty(value, name);
  return typeof property === 'number' ? property : undefined;
}

/** Recognizes an Error, also of another realm, such as Jest's. */
export function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]';
}

/** The maximum depth of causes, which may be circular. */
const MOST_LINKS = 50;

/** Yields the error itself, then its causes and the members of AggregateErrors, nearest first. */
export function errorChain(error: unknown): readonly unknown[] {
  const links: unknown[] = [error];
  const seen = new Set(links);
  for (let index = 0; index < links.length && links.length < MOST_LINKS; index += 1) {
    const members = readProperty(links[index], 'errors');
    for (const link of [readProperty(links[index], 'cause'), ...membersOf(members)]) {
      if (link !== undefined && link !== null && !seen.has(link)) {
        seen.add(link);
        links.push(link);
      }
    }
  }
  return links;
}

function membersOf(value: unknown): readonly unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, MOST_LINKS) : [];
  } catch {
    return [];
  }
}

/** Returns the working directory, or the root if it has been deleted. */
export function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

/** Checks for a file; under Node's permission model, `existsSync` throws for a path without permission. */
export function exists(path: string): boolean {
  try {
    return existsSync(path);
  } catch {
    return false;
  }
}
