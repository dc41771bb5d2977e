import type * as Yaml from 'yaml';

/** Far beyond what Cohere reads of a document; an object whose parts refer to each other reaches it soon. */
const MAX_VALUES = 10_000;

/**
 * An object as Cohere recommends it: YAML with its keys in their order
 * (https://docs.cohere.com/docs/reranking-best-practices). Without line folding and without anchors, which
 * would put into the text what does not stand in the object.
 *
 * @throws WithoutText when something in it has no text: a function, a symbol, a reference to itself; and
 *   what code of the object throws
 */
export function toYaml({ stringify }: Pick<typeof Yaml, 'stringify'>, document: object): string {
  checkPlain(document, { ancestors: new Set(), values: 0 });
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Says why in words of ours; what code of the object throws may quote it. */
export class WithoutText extends Error {}

interface Walk {
  /** What the value is inside of; a reference to one of them would never end. */
  readonly ancestors: Set<object>;
  /** Values so far; one that is referred to twice is written twice. */
  values: number;
}

function checkPlain(value: unknown, walk: Walk): void {
  walk.values += 1;
  if (walk.values > MAX_VALUES) {
    throw new WithoutText(`it contains more than ${MAX_VALUES} values`);
  }
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new WithoutText(`it contains a ${typeof value}`);
  }
  if (typeof value !== 'object' || value === null || hasToJson(value)) {
    return;
  }
  if (walk.ancestors.has(value)) {
    throw new WithoutText('it refers to itself');
  }
  walk.ancestors.add(value);
  for (const part of partsOf(value)) {
    checkPlain(part, walk);
  }
  walk.ancestors.delete(value);
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
