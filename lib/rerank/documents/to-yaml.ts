import type * as Yaml from 'yaml';

/**
 * An object as Cohere recommends it: YAML with its keys in their order
 * (https://docs.cohere.com/docs/reranking-best-practices). Without line folding and without anchors, which
 * would put into the text what does not stand in the object.
 *
 * @throws WithoutText when something in it has no text: a function, a symbol, a reference to itself; and
 *   what code of the object throws
 */
export function toYaml({ stringify }: Pick<typeof Yaml, 'stringify'>, document: object): string {
  checkPlain(document, new Set());
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Says why in words of ours; what code of the object throws may quote it. */
export class WithoutText extends Error {}

/** @param ancestors what the value stands in; a reference to one of them would never end */
function checkPlain(value: unknown, ancestors: Set<object>): void {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new WithoutText(`it holds a ${typeof value}`);
  }
  if (typeof value !== 'object' || value === null || hasToJson(value)) {
    return;
  }
  if (ancestors.has(value)) {
    throw new WithoutText('it refers to itself');
  }
  ancestors.add(value);
  for (const part of partsOf(value)) {
    checkPlain(part, ancestors);
  }
  ancestors.delete(value);
}

function partsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) {
    return [...value].flat();
  }
  return value instanceof Set ? value : Object.values(value);
}

/** A date, or an object that knows its own plain form; YAML goes by that, as JSON does. */
function hasToJson(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
