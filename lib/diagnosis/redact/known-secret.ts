/** Replaces a text that contains part of a secret. */
export const HIDDEN = '[hidden: it contains part of the key]';

/** The length of the shortest secret that is searched; shorter ones occur in any text. */
const MIN_SECRET = 4;
/** The length from which part of a secret is searched; a shorter one is searched as a whole word. */
const MIN_DIVISIBLE = 8;
/** The number of consecutive characters that reveal a secret. */
const MAX_PIECE = 8;

/** Returns the text, or `HIDDEN` if it contains part of a secret in any form that upstreams write. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return holdsSecret(text, secrets) ? HIDDEN : text;
}

/**
 * Finds eight characters in a row of a secret: plain, as base64 at any offset or as hex, in any letter case, in
 * groups, behind JSON, percent, HTML and shell escapes. Also finds a key abbreviated by a gateway: its first or last
 * characters next to a mask, or as a word.
 */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  const known = secrets.filter((secret) => secret.length >= MIN_SECRET);
  if (known.length === 0) {
    return false;
  }
  const divisible = known.filter((secret) => secret.length >= MIN_DIVISIBLE);
  return (
    known.some((secret) =>
      secret.length < MIN_DIVISIBLE ? holdsWord(text, secret) : holdsEnd(text, secret),
    ) || holdsPiece(readingsOf(text), piecesOf(divisible))
  );
}

/** The pieces that reveal a secret, by length; one pass over a text finds those of all secrets. */
type Pieces = ReadonlyMap<number, ReadonlySet<string>>;

function piecesOf(secrets: readonly string[]): Pieces {
  const pieces = new Map<number, Set<string>>();
  for (const form of secrets.flatMap(formsOf)) {
    const ofLength = pieces.get(form.piece) ?? new Set();
    pieces.set(form.piece, ofLength);
    for (const text of new Set([form.text, withoutSeparators(form.text)])) {
      for (let at = 0; at + form.piece <= text.length; at += 1) {
        ofLength.add(text.slice(at, at + form.piece));
      }
    }
  }
  return pieces;
}

function holdsPiece(readings: readonly string[], pieces: Pieces): boolean {
  for (const [length, ofLength] of pieces) {
    for (const reading of readings) {
      for (let at = 0; at + length <= reading.length; at += 1) {
        if (ofLength.has(reading.slice(at, at + length))) {
          return true;
        }
      }
    }
  }
  return false;
}

/** One encoding of a secret, and the number of its consecutive characters that reveal it. */
interface WrittenForm {
  readonly text: string;
  readonly piece: number;
}

function formsOf(secret: string): readonly WrittenForm[] {
  const bytes = Buffer.from(secret);
  const piece = Math.min(MAX_PIECE, bytes.length - 2);
  // The base64 characters that depend only on these bytes, at any offset.
  const base64Piece = Math.floor((piece * 8 - 4) / 6);
  const forms = [
    { text: bytes.toString('latin1'), piece },
    { text: bytes.toString('hex'), piece: piece * 2 },
    // A Buffer in JSON; each byte has two or three digits.
    { text: bytes.join(','), piece: piece * 2 },
    ...[0, 1, 2].flatMap((offset) => {
      const core = base64Core(bytes, offset);
      const urlSafe = core.replace(/\+/g, '-').replace(/\//g, '_');
      return [...new Set([core, urlSafe])].map((text) => ({ text, piece: base64Piece }));
    }),
  ];
  return forms.map((form) => ({ ...form, text: form.text.toLowerCase() }));
}

/** Returns the part of a text's base64 that does not depend on adjacent bytes, e.g. a preceding `Bearer `. */
function base64Core(bytes: Buffer, offset: number): string {
  const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
  return shifted
    .toString('base64')
    .slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6));
}

/** The maximum depth of nested escapes, such as `%255C`. */
const MAX_NESTING = 3;

/** Yields the text as lower-case bytes, with one more level of escapes resolved each time, also without separators. */
function readingsOf(text: string): readonly string[] {
  const readings = new Set<string>();
  let decoded = Buffer.from(text).toString('latin1');
  for (let level = 0; level <= MAX_NESTING; level += 1) {
    const reading = decoded.toLowerCase();
    readings.add(reading).add(withoutSeparators(reading));
    decoded = decoded.replace(ESCAPE, decodeEscape);
  }
  return [...readings];
}

/** Joins a key that is written in groups or lines, spaced hex, and lists of bytes such as `0x51, 0x6d`. */
function withoutSeparators(text: string): string {
  return text.replace(/\b0x(?=[0-9a-f]{2}\b)|[\s\-_:.,;|/\\'"+=[\](){}<>*]/g, '');
}

/** `\x51`, `\u0051`, `\u{51}`, `\121`, `%51`, `&#81;`, `&#x51;`, `&amp;`, `\"` */
const ESCAPE =
  /(?:\\x|%)([0-9a-f]{2})|(?:\\u|%u)([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|\\([0-3][0-7]{2})|&#(\d{1,7});?|&#x([0-9a-f]{1,6});?|&(amp|lt|gt|quot|apos);|\\([nrt"'\\/])/gi;

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

function decodeEscape(whole: string, ...groups: readonly unknown[]): string {
  const [byte, unit, codePoint, octal, decimal, hexEntity, entity, quoted] = groups.map((group) =>
    typeof group === 'string' ? group : undefined,
  );
  const name = entity ?? quoted;
  if (name !== undefined) {
    return NAMED[name.toLowerCase()] ?? name;
  }
  if (byte !== undefined || octal !== undefined) {
    return String.fromCharCode(Number.parseInt(byte ?? octal ?? '', byte === undefined ? 8 : 16));
  }
  const hex = unit ?? codePoint ?? hexEntity;
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code <= 0x10ffff ? Buffer.from(String.fromCodePoint(code)).toString('latin1') : whole;
}

const MASK =
  /[*•●·∙#]{2,}|\.{2,}|…|[xX]{3,}|-{3,}|_{3,}|\[[^\]\s]{0,20}\]|<[^>\s]{0,20}>|\([^)\s]{0,20}\)/g;
/** The number of characters next to a mask that identify a key. */
const MIN_AROUND_MASK = 3;
const PLAIN_WORD = /^(?:[A-Za-z]?[a-z]*|[A-Z]+|\d+)$/;

function holdsEnd(text: string, secret: string): boolean {
  return isMasked(text, secret) || text.split(/[^A-Za-z0-9]+/).some((word) => isEnd(word, secret));
}

/** `the key that begins with Qm7wZx2` */
function isEnd(word: string, secret: string): boolean {
  return (
    word.length >= MIN_SECRET &&
    !PLAIN_WORD.test(word) &&
    (secret.startsWith(word) || secret.endsWith(word))
  );
}

/** `Qm7w****NvMt` */
function isMasked(text: string, secret: string): boolean {
  const shown = text.toLowerCase();
  const key = secret.toLowerCase();
  return [...text.matchAll(MASK)].some(({ 0: mask, index }) => {
    const before = longest((length) => shown.endsWith(key.slice(0, length), index));
    const after = longest((length) => shown.startsWith(key.slice(-length), index + mask.length));
    return before + after >= MIN_AROUND_MASK;
  });
}

/** The longest part that is searched; a longer one is found as a piece. */
function longest(fits: (length: number) => boolean): number {
  let length = MAX_PIECE;
  while (length > 0 && !fits(length)) {
    length -= 1;
  }
  return length;
}

/** Finds a short secret as a whole word. */
function holdsWord(text: string, secret: string): boolean {
  for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
    if (!/[A-Za-z0-9]/.test(text.charAt(at - 1) + text.charAt(at + secret.length))) {
      return true;
    }
  }
  return false;
}
