/** Control characters but tab and line feed, and half a surrogate pair: the library quotes them in a way of its own. */
const SPECIAL_CHARACTER = /[^\P{Cc}\t\n]|\p{Cs}/u;
/** What a plain scalar may not be, in the library's own words. */
const NOT_PLAIN =
  /^[\n\t ,[\]{}#&*!|>'"%@`]|^[?-]$|^[?-][ \t]|[\n:][ \t]|[ \t]\n|[\n\t ]#|[\n\t :]$/;
const DOCUMENT_MARKER = /^(?:%|---|\.\.\.)/;
/** Might be a number, a truth value or null to a reader of YAML. */
const PERHAPS_TYPED = /^(?:[-+.\d][-+.\w]*|~|true|false|null)$/i;

/**
 * A value on the line of its key, or a text of several lines below it.
 *
 * @param indent that of the lines below
 * @returns undefined where the library has to decide
 */
export function simpleScalar(value: unknown, indent: string): string | undefined {
  switch (typeof value) {
    case 'string':
      return simpleText(value, indent);
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? JSON.stringify(value) : undefined;
    case 'object':
      return value === null ? 'null' : simpleDate(value);
    default:
      return undefined;
  }
}

function simpleText(text: string, indent: string): string | undefined {
  if (SPECIAL_CHARACTER.test(text) || DOCUMENT_MARKER.test(text) || PERHAPS_TYPED.test(text)) {
    return undefined;
  }
  if (text.includes('\n')) {
    return literalBlock(text, indent);
  }
  return text === '' || NOT_PLAIN.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return text.includes('"') && !text.includes("'") ? `'${text}'` : JSON.stringify(text);
}

/** Lines as they are, as long as no white space at an end needs an indicator. */
function literalBlock(text: string, indent: string): string | undefined {
  const endsWithLine = text.endsWith('\n');
  const body = endsWithLine ? text.slice(0, -1) : text;
  if (body === '' || body !== body.trim()) {
    return undefined;
  }
  return `|${endsWithLine ? '' : '-'}\n${indent}${body.replace(/\n+/g, `$&${indent}`)}`;
}

function simpleDate(value: object): string | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
}
