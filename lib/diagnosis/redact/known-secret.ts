import { decodedBytes, type MappedText, withoutSeparators } from './decoded-text.js';

export const REDACTED = '[redacted]';

/** A secret of one to three characters occurs in any text; taking it out would only shred the text. */
const MIN_SECRET = 4;
/** From here on a piece of a secret counts as the secret; a shorter one must stand there whole. */
const MIN_CUT_SECRET = 8;
/** A piece of a key this long counts as the key: a cut or halved one is found too. */
const MAX_PIECE = 8;
/** Words of a key such as `local-production-key` are not secret by themselves. */
const MAX_READABLE_PIECE = 16;
/** The first or last characters that a gateway shows of a key to name it. */
const MIN_END = 4;
const MAX_END = 7;

/**
 * Takes every trace of the given secrets out: plain, in any letter case, in pieces, in groups, masked in
 * the middle, as base64 (at any alignment) or hex, and behind any mixture of JSON, percent, HTML and
 * shell escapes.
 */
export function redactKnownSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length >= MIN_SECRET);
  if (known.length === 0) {
    return text;
  }
  const covered = new Uint8Array(text.length);
  const decoded = decodedBytes(text);
  const compact = withoutSeparators(decoded);
  for (const secret of known) {
    coverWhole(text, secret, covered);
    if (secret.length >= MIN_CUT_SECRET) {
      coverMasked(text, secret, covered);
      if (!isReadable(secret)) {
        coverEnds(text, secret, covered);
      }
      const bytes = Buffer.from(secret);
      const plain = bytes.toString('latin1');
      const piece = Math.min(isReadable(secret) ? MAX_READABLE_PIECE : MAX_PIECE, plain.length - 2);
      const forms = [
        { text: plain, piece },
        { text: bytes.toString('hex'), piece: piece * 2 },
        ...[0, 1, 2]
          .flatMap((offset) => base64Core(bytes, offset))
          .map((form) => ({ text: form, piece: Math.ceil((piece * 4) / 3) })),
      ];
      for (const form of forms) {
        coverPieces(decoded, form, covered);
        coverPieces(compact, { ...form, text: withoutBlanks(form.text) }, covered);
      }
      if (!isReadable(secret)) {
        coverCut(decoded, forms, covered);
      }
    }
  }
  return covered.includes(1) ? replaceCovered(text, covered) : text;
}

/** As it is, between characters that no key has. */
function coverWhole(text: string, secret: string, covered: Uint8Array): void {
  for (const at of occurrences(text, secret)) {
    if (!isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + secret.length])) {
      covered.fill(1, at, at + secret.length);
    }
  }
}

/** One way a secret may be written, and how many characters of it in a row give it away. */
interface WrittenForm {
  readonly text: string;
  readonly piece: number;
}

/** Any piece, in any letter case. The texts are bytes, whose lower case is as long as they are. */
function coverPieces(
  { text, starts, ends }: MappedText,
  form: WrittenForm,
  covered: Uint8Array,
): void {
  const haystack = text.toLowerCase();
  const wanted = form.text.toLowerCase();
  const { piece } = form;
  const pieces = new Set<string>();
  for (let at = 0; at + piece <= wanted.length; at += 1) {
    pieces.add(wanted.slice(at, at + piece));
  }
  for (let at = 0; at + piece <= haystack.length; at += 1) {
    if (pieces.has(haystack.slice(at, at + piece))) {
      covered.fill(1, starts[at], ends[at + piece - 1]);
    }
  }
}

/** What a cut left of the secret at the very end of the text. */
function coverCut(
  { text, starts }: MappedText,
  forms: readonly WrittenForm[],
  covered: Uint8Array,
): void {
  const haystack = text.toLowerCase();
  for (const form of forms) {
    const wanted = form.text.toLowerCase();
    for (let length = form.piece - 1; length >= MIN_END; length -= 1) {
      if (haystack.endsWith(wanted.slice(0, length))) {
        covered.fill(1, starts[text.length - length]);
        break;
      }
    }
  }
}

const MASK = /[*•●·∙#]{2,}|\.{2,}|…|[xX]{3,}|-{3,}|_{3,}|\[[^\]\s]{0,20}\]|<[^>\s]{0,20}>/g;

/** `Qm7w****NvMt`: the ends that a gateway leaves of a key it masks. */
function coverMasked(text: string, secret: string, covered: Uint8Array): void {
  for (const mask of text.matchAll(MASK)) {
    const from = mask.index;
    const to = from + mask[0].length;
    const before = longest((length) => text.endsWith(secret.slice(0, length), from));
    const after = longest((length) => text.startsWith(secret.slice(-length), to));
    if (Math.max(before, after) >= 3 || Math.min(before, after) >= 2) {
      covered.fill(1, from - before, to + after);
    }
  }
}

/** The longest part that fits; a longer one than a piece is found as a piece. */
function longest(fits: (length: number) => boolean): number {
  let result = 0;
  for (let length = 1; length <= MAX_PIECE; length += 1) {
    result = fits(length) ? length : result;
  }
  return result;
}

/** `the key that begins with Qm7wZx2`: a word that is the first or last characters of the secret. */
function coverEnds(text: string, secret: string, covered: Uint8Array): void {
  for (let length = MIN_END; length <= MAX_END; length += 1) {
    coverWhole(text, secret.slice(0, length), covered);
    coverWhole(text, secret.slice(-length), covered);
  }
}

/** `local-dev-token` is made of words that any message may hold; a few of its characters show nothing. */
function isReadable(secret: string): boolean {
  return secret
    .split(/[-_.]/)
    .every((part) => /^(?:[A-Za-z][a-z]*|[A-Z]*|\d*)$/.test(part) && part.length < 16);
}

function* occurrences(text: string, wanted: string): Generator<number> {
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    yield at;
  }
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z0-9]/.test(character);
}

const RUN_BEFORE = /[A-Za-z0-9+/_%-]/;
const RUN_AFTER = /[A-Za-z0-9+/=_%-]/;

/** The rest of the word goes too: the ends of a base64 form depend on its neighbours. */
function replaceCovered(text: string, covered: Uint8Array): string {
  let result = '';
  let shown = 0;
  for (let at = covered.indexOf(1); at !== -1; at = covered.indexOf(1, shown)) {
    let from = at;
    while (RUN_BEFORE.test(text.charAt(from - 1))) {
      from -= 1;
    }
    const end = covered.indexOf(0, at);
    let to = end === -1 ? text.length : end;
    while (covered[to] === 1 || RUN_AFTER.test(text.charAt(to))) {
      to += 1;
    }
    result += `${text.slice(shown, from)}${REDACTED}`;
    shown = to;
  }
  return result + text.slice(shown);
}

/** What of the secret's base64 does not depend on the bytes around it, e.g. on `Bearer ` before it. */
function base64Core(bytes: Buffer, offset: number): readonly string[] {
  const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
  const core = shifted
    .toString('base64')
    .slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6));
  const urlSafe = core.replace(/\+/g, '-').replace(/\//g, '_');
  return urlSafe === core ? [core] : [core, urlSafe];
}

function withoutBlanks(text: string): string {
  return withoutSeparators({ text, starts: [], ends: [] }).text;
}
