/** A text made of another one, and which part of that one each of its characters comes from. */
export interface MappedText {
  readonly text: string;
  readonly starts: readonly number[];
  /** The index after the last character. */
  readonly ends: readonly number[];
}

/** Escapes of escapes, such as `%255C`; nothing nests them deeper by accident. */
const MAX_NESTING = 3;

/**
 * The bytes of a text in UTF-8, one character each, with its escapes resolved: `\x51`, `\u0051`, `\u{51}`,
 * `\121`, `%51`, `&#81;`, `&#x51;`, `&amp;`, `\n`.
 */
export function decodedBytes(text: string, nesting = MAX_NESTING): MappedText {
  let mapped = toBytes(text);
  for (let level = 0; level < nesting && /[\\%&]/.test(mapped.text); level += 1) {
    mapped = resolveEscapes(mapped);
  }
  return mapped;
}

const SEPARATOR = /[\s\-_:.,;|/\\'"]/;

/** Without the separators of a key that is shown in groups, or of spaced hex. */
export function withoutSeparators({ text, starts, ends }: MappedText): MappedText {
  const parts: string[] = [];
  const keptStarts: number[] = [];
  const keptEnds: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '0' && /[xX]/.test(text.charAt(at + 1))) {
      at += 1; // 0x51
    } else if (!SEPARATOR.test(character)) {
      parts.push(character);
      keptStarts.push(starts[at] ?? 0);
      keptEnds.push(ends[at] ?? 0);
    }
  }
  return { text: parts.join(''), starts: keptStarts, ends: keptEnds };
}

function toBytes(text: string): MappedText {
  const parts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const character of text) {
    const end = at + character.length;
    for (const byte of utf8(character)) {
      parts.push(byte);
      starts.push(at);
      ends.push(end);
    }
    at = end;
  }
  return { text: parts.join(''), starts, ends };
}

const ESCAPE =
  /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})(?:\\u(d[c-f][0-9a-f]{2}))?|\\u\{([0-9a-f]{1,6})\}|\\([0-3][0-7]{2})|%([0-9a-f]{2})|&#(\d{1,7});|&#x([0-9a-f]{1,6});|&(amp|lt|gt|quot|apos);|\\([nrt"'\\/])/gi;

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  n: '\n',
  r: '\r',
  t: '\t',
};

function resolveEscapes({ text, starts, ends }: MappedText): MappedText {
  const parts: string[] = [];
  const nextStarts: number[] = [];
  const nextEnds: number[] = [];
  const push = (bytes: Iterable<string>, from: number, to: number): void => {
    for (const byte of bytes) {
      parts.push(byte);
      nextStarts.push(starts[from] ?? 0);
      nextEnds.push(ends[to - 1] ?? 0);
    }
  };
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    for (; at < match.index; at += 1) {
      push([text.charAt(at)], at, at + 1);
    }
    at = match.index + match[0].length;
    push(bytesOf(match), match.index, at);
  }
  for (; at < text.length; at += 1) {
    push([text.charAt(at)], at, at + 1);
  }
  return { text: parts.join(''), starts: nextStarts, ends: nextEnds };
}

function bytesOf(match: RegExpExecArray): Iterable<string> {
  const [
    whole,
    hexByte,
    unit,
    second,
    codePoint,
    octal,
    percent,
    decimal,
    hexEntity,
    entity,
    quoted,
  ] = match;
  const byte = hexByte ?? percent;
  if (byte !== undefined) {
    return [String.fromCharCode(Number.parseInt(byte, 16))];
  }
  if (octal !== undefined) {
    return [String.fromCharCode(Number.parseInt(octal, 8))];
  }
  if (unit !== undefined) {
    const units = [unit, second].filter((digits) => digits !== undefined);
    return utf8(String.fromCharCode(...units.map((digits) => Number.parseInt(digits, 16))));
  }
  const hex = codePoint ?? hexEntity;
  if (hex !== undefined || decimal !== undefined) {
    const number = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return number <= 0x10ffff ? utf8(String.fromCodePoint(number)) : whole;
  }
  return NAMED[(entity ?? quoted ?? whole).toLowerCase()] ?? quoted ?? whole;
}

function utf8(text: string): string {
  const isAscii = text.length === 1 && text.charCodeAt(0) < 0x80;
  return isAscii ? text : Buffer.from(text).toString('latin1');
}
