export const REDACTED = '[redacted]';

/** Nothing shorter is a secret; taking it out would only destroy the text. */
const SHORTEST_SECRET = 4;
/** A piece of a key this long counts as the key: a cut or halved one is found too. */
const LONGEST_PIECE = 8;
/** The body may have been cut inside the key, so that fewer characters of it stand at the end. */
const SHORTEST_TAIL = 4;

/** One way a secret may be written, and how many characters of it in a row give it away. */
interface WrittenForm {
  readonly text: string;
  readonly piece: number;
}

/**
 * Takes every trace of the given secrets out: plain, in any letter case, in pieces, base64 (at any
 * alignment), percent-encoded, hex, JSON- or HTML-escaped.
 */
export function redactKnownSecrets(text: string, secrets: readonly string[]): string {
  if (text.length < SHORTEST_TAIL) {
    return text;
  }
  const haystack = asciiLowerCase(text);
  const covered = new Uint8Array(text.length);
  for (const form of secrets.flatMap(writtenForms)) {
    cover(haystack, form, covered);
  }
  return covered.includes(1) ? replaceCovered(text, covered) : text;
}

function cover(haystack: string, { text, piece }: WrittenForm, covered: Uint8Array): void {
  for (let start = 0; start + piece <= text.length; start += 1) {
    const wanted = text.slice(start, start + piece);
    for (let at = haystack.indexOf(wanted); at !== -1; at = haystack.indexOf(wanted, at + 1)) {
      covered.fill(1, at, at + piece);
    }
  }
  for (let length = Math.min(piece - 1, haystack.length); length >= SHORTEST_TAIL; length -= 1) {
    if (haystack.endsWith(text.slice(0, length))) {
      covered.fill(1, haystack.length - length);
    }
  }
}

const RUN_BEFORE = /[A-Za-z0-9+/_%-]*$/;
const RUN_AFTER = /^[A-Za-z0-9+/=_%-]*/;

/** The rest of the word goes too: the ends of a base64 form depend on its neighbours. */
function replaceCovered(text: string, covered: Uint8Array): string {
  let result = '';
  let index = 0;
  while (index < text.length) {
    if (covered[index] === 0) {
      result += text[index];
      index += 1;
    } else {
      const end = covered.indexOf(0, index);
      const after = end === -1 ? '' : text.slice(end);
      result = `${result.replace(RUN_BEFORE, '')}${REDACTED}`;
      index = text.length - after.length + (RUN_AFTER.exec(after)?.[0].length ?? 0);
    }
  }
  return result;
}

function writtenForms(secret: string): readonly WrittenForm[] {
  if (secret.length < SHORTEST_SECRET) {
    return [];
  }
  const piece = Math.min(LONGEST_PIECE, Math.max(SHORTEST_SECRET, secret.length >> 1));
  const bytes = Buffer.from(secret, 'utf8');
  const units = Array.from(secret, (character) => character.codePointAt(0) ?? 0);
  const base64 = [0, 1, 2].flatMap((offset) => base64Core(bytes, offset));
  const forms: WrittenForm[] = [
    { text: secret, piece },
    { text: secret.replace(/\s+/g, ' '), piece },
    { text: JSON.stringify(secret).slice(1, -1), piece },
    { text: encodeURIComponent(bytes.toString('utf8')), piece },
    { text: escapeHtml(secret), piece },
    { text: bytes.toString('hex'), piece: piece * 2 },
    { text: bytes.toString('hex').replace(/../g, '%$&'), piece: piece * 3 },
    { text: units.map((unit) => `\\u${hex(unit, 4)}`).join(''), piece: piece * 6 },
    { text: units.map((unit) => `&#${unit};`).join(''), piece: piece * 4 },
    ...base64.map((text) => ({ text, piece: Math.ceil((piece * 4) / 3) })),
  ];
  return forms.map((form) => ({ ...form, text: asciiLowerCase(form.text) }));
}

/** What of the secret's base64 does not depend on the bytes around it, e.g. on `Bearer ` before it. */
function base64Core(bytes: Buffer, offset: number): readonly string[] {
  const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
  const whole = shifted.toString('base64').replace(/=+$/, '');
  const core = whole.slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6));
  return [core, core.replace(/\+/g, '-').replace(/\//g, '_')];
}

function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Keeps every index where it was, which `toLowerCase` does not. */
function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
