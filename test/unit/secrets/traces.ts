import { inspect } from 'node:util';
import { TRACED_KEY as CANARY } from '../../support/keys.js';
export { TRACED_KEY as CANARY } from '../../support/keys.js';

const HALVES = [CANARY.slice(0, 20), CANARY.slice(20)];

function encodings(text: string): string[] {
  const bytes = Buffer.from(text);
  // Three alignments: the text may stand anywhere inside what was encoded.
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const percent = [...bytes].map((byte) => `%${byte.toString(16)}`).join('');
  const escaped = Array.from(text)
    .map((character) => `\\u00${character.charCodeAt(0).toString(16)}`)
    .join('');
  return [text, ...base64, bytes.toString('hex'), percent, percent.toUpperCase(), escaped];
}

const FORMS = [...HALVES, ...HALVES.map((half) => Array.from(half).toReversed().join(''))].flatMap(
  encodings,
);

/** Which forms of the canary, or of a half of it, stand in the text. */
export function traces(text: string): string[] {
  const folded = text.replace(/\s+/g, '');
  return FORMS.filter((form) => text.includes(form) || folded.includes(form));
}

/** Everything a careless log could make of a value. */
export function everyView(value: unknown): string {
  const deep = inspect(value, {
    depth: Infinity,
    showHidden: true,
    maxArrayLength: null,
    maxStringLength: null,
  });
  const plain = inspect(value, { depth: Infinity, customInspect: false, maxArrayLength: null });
  return [deep, plain, String(value), stringified(value), ...errorViews(value)].join('\n');
}

function errorViews(value: unknown): string[] {
  if (!(value instanceof Error)) {
    return [];
  }
  return [
    value.message,
    value.stack ?? '',
    value.cause === undefined ? '' : everyView(value.cause),
  ];
}

function stringified(value: unknown): string {
  const seen = new WeakSet<object>();
  return (
    JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'bigint') {
        return String(inner);
      }
      if (typeof inner === 'object' && inner !== null) {
        if (seen.has(inner)) {
          return '[seen]';
        }
        seen.add(inner);
      }
      return inner;
    }) ?? ''
  );
}
