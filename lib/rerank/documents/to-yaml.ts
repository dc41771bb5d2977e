import { types } from 'node:util';
import type * as Yaml from 'yaml';
import { readProperty, readString } from '../../diagnosis/read-safely.js';
import { isThenable } from '../pace.js';

/** The maximum number of values, far beyond what Cohere reads; an object with many shared parts reaches it soon. */
const MAX_VALUES = 10_000;
/** YAML without any content. */
const EMPTY: ReadonlySet<string> = new Set(['', '{}', '[]', 'null', '""']);

/**
 * Converts an object as Cohere recommends: YAML with the keys in their order
 * (https://docs.cohere.com/docs/reranking-best-practices). Without line folding and anchors, which would add text
 * that is not in the object.
 *
 * @throws WithoutText when the object, or something in it, has no text: a promise, a function, an Error, a
 *   reference to itself; and what code of the object throws
 */
export function toYaml({ stringify }: Pick<typeof Yaml, 'stringify'>, document: object): string {
  const plain = new PlainCopy().of(document);
  // Returns undefined for undefined, contrary to its type.
  const text =
    plain === undefined ? '' : stringify(plain, { lineWidth: 0, aliasDuplicateObjects: false });
  const content = text.trim();
  if (EMPTY.has(content)) {
    throw new WithoutText(`it would be sent as ${content === '' ? 'an empty text' : content}`);
  }
  return text;
}

/** Signals the reason in our own words: errors of the object's code may quote it. */
export class WithoutText extends Error {}

/**
 * Names an object that YAML would write as `{}`, or as a useless text.
 *
 * @returns undefined for all others
 */
export function unwritable(value: object): string | undefined {
  if (isThenable(value)) {
    return 'a promise';
  }
  if (types.isAnyArrayBuffer(value) || isBytes(value)) {
    return 'binary data';
  }
  if (hasToJson(value) || types.isBoxedPrimitive(value)) {
    return undefined;
  }
  if (types.isNativeError(value) || value instanceof Error) {
    return 'an Error';
  }
  if (isIterable(value)) {
    const isIterator = 'next' in value && typeof value.next === 'function';
    return isIterator ? 'an iterator, which can be read only once' : undefined;
  }
  return Object.keys(value).length > 0 || isEmptyData(value)
    ? undefined
    : `${nameOf(value)} without enumerable fields`;
}

/** Copies the values for YAML, reading each once: results of `toJSON`, and contents of maps, sets and objects. */
class PlainCopy {
  /** The ancestors of the value; a reference to one of them would never end. */
  readonly #ancestors = new Set<object>();
  /** The number of values so far; one with two references counts twice. */
  #count = 0;

  of(value: unknown): unknown {
    this.#count += 1;
    if (this.#count > MAX_VALUES) {
      throw new WithoutText(`it contains more than ${MAX_VALUES} values`);
    }
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw new WithoutText(`it contains a ${typeof value}`);
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    requireWritable(value);
    if (this.#ancestors.has(value)) {
      throw new WithoutText('it refers to itself');
    }
    this.#ancestors.add(value);
    const copy = this.#content(value);
    this.#ancestors.delete(value);
    return copy;
  }

  #content(value: object): unknown {
    if (!hasToJson(value)) {
      return this.#parts(value);
    }
    // Like JSON, does not call it on its own result: a `toJSON` may return `this`.
    const json = value.toJSON();
    if (typeof json !== 'object' || json === null) {
      return this.of(json);
    }
    requireWritable(json);
    return this.#parts(json);
  }

  #parts(value: object): unknown {
    if (types.isBoxedPrimitive(value)) {
      return this.of(value.valueOf());
    }
    if (types.isMap(value)) {
      return new Map(Array.from(value, ([key, held]) => [this.of(key), this.of(held)]));
    }
    if (isIterable(value)) {
      return Array.from(value, (held) => this.of(held));
    }
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, this.of(held)]));
  }
}

function requireWritable(value: object): void {
  const found = unwritable(value);
  if (found !== undefined) {
    throw new WithoutText(`it contains ${found}`);
  }
}

/** Recognizes an empty plain object, as in JSON. An instance of a class keeps its content elsewhere. */
function isEmptyData(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain && Reflect.ownKeys(value).length === 0;
}

/** Recognizes a typed array of numbers, such as an embedding; bytes are refused. */
function isBytes(value: object): boolean {
  return ArrayBuffer.isView(value) && (types.isDataView(value) || types.isUint8Array(value));
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value && typeof value[Symbol.iterator] === 'function';
}

/** Recognizes a date, or an object with `toJSON`, which YAML uses like JSON. */
function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** `a Response`; a name that is no identifier may be content. */
function nameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const name = readString(readProperty(prototype, 'constructor'), 'name') ?? '';
  return /^[A-Z_$][\w$]{0,39}$/i.test(name) && name !== 'Object'
    ? `an instance of ${name}`
    : 'an object';
}
