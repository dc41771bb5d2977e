import type { DiagnosisCode } from '../../diagnosis/catalogue.js';
import { foreignProvider, isJsonWebToken, isPlaceholder } from './telltale-values.js';

/** What is wrong with a value. Holds nothing of the value but single characters that no key has. */
export interface KeyDefect {
  readonly code: DiagnosisCode;
  /**
   * Whether no host at all can take it for a key. Everything else is certain for Cohere only: a gateway
   * may hand out `sk-…`, a token or the word `EMPTY`.
   */
  readonly isCertain: boolean;
  /** Goes on after the name of the source: `is wrapped in quotation marks`. */
  readonly predicate: string;
  /** What was seen, where the predicate does not say it all. */
  readonly seen?: string | undefined;
  /** The first step; the steps of the catalogue follow. */
  readonly firstFix: string;
}

/** No HTTP server takes a longer header field. */
const MAX_LENGTH = 16_384;

type Rule = (value: string) => KeyDefect | undefined;

/** What was put in the place of the key, with quotation marks around it or without. */
const CONTENT_RULES: readonly Rule[] = [
  when(
    /\$\{|\$\(|\{\{|\}\}|^\$env:\w+$|^\$[A-Za-z_]\w*$|^<[^]*>$|^%[A-Za-z_]\w*%$|^#\{[^]*\}#?$|^__\w+__$/,
    {
      code: 'COHERE_API_KEY_PLACEHOLDER',
      // A variable that nothing expanded is a key nowhere.
      isCertain: /^\$\{[^}]*\}$|\$\{[A-Z_][A-Z0-9_]{2,99}[}:]/,
      predicate: 'contains a template that was never filled in',
      firstFix:
        'Fill in the key itself, or check that the variable the template names exists where the template is expanded (shell, Compose, Helm, CI).',
    },
  ),
  when(
    /^(?:op:\/\/|vault:|awssm:|ssm:|sops:|secretref:|arn:aws[\w-]{0,20}:|@Microsoft\.KeyVault\(|projects\/[^/]{1,100}\/secrets\/)/i,
    {
      code: 'COHERE_API_KEY_PLACEHOLDER',
      isCertain: false,
      predicate: 'contains a reference to a secret, not the secret',
      firstFix:
        'Start the app through the tool that resolves the reference, or check its permission to read that secret.',
    },
  ),
  when(/^[a-z][a-z0-9+.-]{0,20}:\/\//i, {
    code: 'COHERE_API_KEY_MALFORMED',
    isCertain: false,
    predicate: 'contains a web address, not a key',
    firstFix: 'Put the address into COHERE_BASE_URL, and the key into COHERE_API_KEY.',
  }),
  when(isPlaceholder, {
    code: 'COHERE_API_KEY_PLACEHOLDER',
    isCertain: false,
    predicate: 'is still a placeholder',
    firstFix: 'Replace the placeholder with a real key.',
  }),
  when(isJsonWebToken, {
    code: 'COHERE_API_KEY_FOREIGN',
    isCertain: false,
    predicate: 'contains a JSON Web Token, not a Cohere key',
    firstFix: 'Put a Cohere key there; the token belongs to another service or to a login.',
  }),
  otherProvider,
];

/** The first rule that applies is the one reported, so the most telling cause comes first. */
const RULES: readonly Rule[] = [
  when((value) => value.length > MAX_LENGTH, {
    code: 'COHERE_API_KEY_MALFORMED',
    isCertain: true,
    predicate: 'is too long to be sent',
    seen: `no request header may be longer than ${MAX_LENGTH} characters`,
    firstFix: 'Set the key alone; a whole file or document was probably pasted.',
  }),
  when(
    /^(?:(?:export|set|setx|env|declare|let|const)\s|\$env:\w{1,60}\s{0,9}=|(?:COHERE|CO)?_?(?:API)?_?(?:KEY|TOKEN)(?:_FILE)?\s{0,9}[=:])/i,
    {
      code: 'COHERE_API_KEY_MALFORMED',
      isCertain: false,
      predicate: 'contains a whole assignment, not only the key',
      seen: 'the name of the variable was pasted into its value',
      firstFix: 'Remove the variable name and the equals sign from the value; keep what follows.',
    },
  ),
  when((value) => /^\{\s*"/.test(value) && value.endsWith('}'), {
    code: 'COHERE_API_KEY_MALFORMED',
    isCertain: false,
    predicate: 'contains a JSON object, not only the key',
    firstFix:
      'Take the key out of the object. Secret managers store one such object per secret; name the field that contains the key.',
  }),
  when(/^(?:authorization\s{0,9}:\s{0,9})?bearer(?:[\s:]|$)/i, {
    code: 'COHERE_API_KEY_MALFORMED',
    isCertain: true,
    predicate: 'begins with "Bearer"',
    seen: 'the word Bearer of an Authorization header comes before the key',
    firstFix: 'Remove the word "Bearer" and the space after it; the module adds them itself.',
  }),
  quotes,
  ...CONTENT_RULES,
  character,
];

/** The first thing that is wrong with a value without outer white space, as far as Cohere itself goes. */
export function findDefect(value: string): KeyDefect | undefined {
  return firstDefect(RULES, value);
}

/** The first thing that no host can take for a key. */
export function findCertainDefect(value: string): KeyDefect | undefined {
  return firstDefect(RULES, value, ({ isCertain }) => isCertain);
}

function firstDefect(
  rules: readonly Rule[],
  value: string,
  counts: (defect: KeyDefect) => boolean = () => true,
): KeyDefect | undefined {
  for (const rule of rules) {
    const defect = rule(value);
    if (defect !== undefined && counts(defect)) {
      return defect;
    }
  }
  return undefined;
}

/** A rule whose words are the same for every value. */
function when(
  test: RegExp | ((value: string) => boolean),
  defect: Omit<KeyDefect, 'isCertain'> & { readonly isCertain: boolean | RegExp },
): Rule {
  const { isCertain } = defect;
  return (value) =>
    (test instanceof RegExp ? test.test(value) : test(value))
      ? { ...defect, isCertain: isCertain instanceof RegExp ? isCertain.test(value) : isCertain }
      : undefined;
}

const QUOTES = '\'"`‘’“”„«»';

function quotes(value: string): KeyDefect | undefined {
  const atStart = QUOTES.includes(value.charAt(0));
  const atEnd = QUOTES.includes(value.charAt(value.length - 1));
  if (!atStart && !atEnd) {
    return undefined;
  }
  const inner = value.slice(atStart ? 1 : 0, atEnd ? -1 : undefined).trim();
  if (inner === '') {
    return {
      code: 'COHERE_API_KEY_MISSING',
      isCertain: true,
      predicate: 'contains nothing but quotation marks',
      firstFix: 'Put the key where the quotation marks are, without quotation marks.',
    };
  }
  const isWrapped = atStart && atEnd && value.length > 1;
  const content = firstDefect(CONTENT_RULES, inner);
  return content === undefined
    ? {
        code: 'COHERE_API_KEY_MALFORMED',
        isCertain: isWrapped,
        predicate: isWrapped
          ? 'is wrapped in quotation marks'
          : `has a quotation mark at its ${atStart ? 'beginning' : 'end'}`,
        seen: 'the quotation marks are part of the value: whatever set the variable did not remove them',
        firstFix: 'Remove the quotation marks around the value.',
      }
    : { ...content, isCertain: isWrapped || content.isCertain };
}

function otherProvider(value: string): KeyDefect | undefined {
  const provider = foreignProvider(value);
  return provider === undefined
    ? undefined
    : {
        code: 'COHERE_API_KEY_FOREIGN',
        isCertain: false,
        predicate: `contains a key of another provider: ${provider}`,
        firstFix: `Put a Cohere key there; this one has the prefix of ${provider} keys.`,
      };
}

function character(value: string): KeyDefect | undefined {
  const characters = Array.from(value);
  const at = characters.findIndex((one) => !/[\x21-\x7e]/.test(one));
  const codePoint = characters[at]?.codePointAt(0);
  if (codePoint === undefined) {
    return undefined;
  }
  const place = `character ${at + 1} of ${characters.length}`;
  if (/[\r\n]/.test(value)) {
    return {
      code: 'COHERE_API_KEY_MALFORMED',
      isCertain: true,
      predicate: 'has a line break inside',
      seen: `${place} is the first that no key has`,
      firstFix: 'Put the key on one line; if there are two keys, keep one.',
    };
  }
  if (/[ \t]/.test(value)) {
    return {
      code: 'COHERE_API_KEY_MALFORMED',
      isCertain: true,
      predicate: 'has white space inside',
      seen: spaceAt(characters),
      firstFix: 'Remove the white space, and anything that is not the key.',
    };
  }
  const name = characterName(codePoint);
  // What the byte order mark of a UTF-8 file, and any byte of a UTF-16 file, is read as.
  const isEncoding = codePoint === 0xfeff || codePoint === 0xfffd;
  return {
    code: 'COHERE_API_KEY_MALFORMED',
    // Latin-1 may be in a header, so a host of one's own may know such a key.
    isCertain: characters.some((one) => !/[\x21-\x7e\xa1-\xac\xae-\xff]/.test(one)),
    predicate: `contains a character that no key has: ${name}`,
    seen: `${place} is ${name}`,
    firstFix: isEncoding
      ? 'Save the file that sets the key as UTF-8 without a byte order mark.'
      : 'Delete the value and copy the key again from the dashboard, as plain text.',
  };
}

function spaceAt(characters: readonly string[]): string {
  const at = characters.findIndex((one) => one === ' ' || one === '\t');
  return `character ${at + 1} of ${characters.length} is a ${characters[at] === ' ' ? 'space' : 'tab'}`;
}

/** Names of Unicode for the characters that come along with a copied key. */
const NAMES: Readonly<Record<number, string>> = {
  0x00: 'NULL',
  0x08: 'BACKSPACE',
  0x1b: 'ESCAPE',
  0x7f: 'DELETE',
  0x85: 'NEXT LINE',
  0xa0: 'NO-BREAK SPACE',
  0xad: 'SOFT HYPHEN',
  0xb7: 'MIDDLE DOT',
  0x034f: 'COMBINING GRAPHEME JOINER',
  0x180e: 'MONGOLIAN VOWEL SEPARATOR',
  0x2002: 'EN SPACE',
  0x2003: 'EM SPACE',
  0x2007: 'FIGURE SPACE',
  0x2008: 'PUNCTUATION SPACE',
  0x2009: 'THIN SPACE',
  0x200a: 'HAIR SPACE',
  0x200b: 'ZERO WIDTH SPACE',
  0x200c: 'ZERO WIDTH NON-JOINER',
  0x200d: 'ZERO WIDTH JOINER',
  0x200e: 'LEFT-TO-RIGHT MARK',
  0x200f: 'RIGHT-TO-LEFT MARK',
  0x2010: 'HYPHEN',
  0x2011: 'NON-BREAKING HYPHEN',
  0x2013: 'EN DASH',
  0x2014: 'EM DASH',
  0x2018: 'LEFT SINGLE QUOTATION MARK',
  0x2019: 'RIGHT SINGLE QUOTATION MARK',
  0x201c: 'LEFT DOUBLE QUOTATION MARK',
  0x201d: 'RIGHT DOUBLE QUOTATION MARK',
  0x2022: 'BULLET',
  0x2026: 'HORIZONTAL ELLIPSIS',
  0x2028: 'LINE SEPARATOR',
  0x2029: 'PARAGRAPH SEPARATOR',
  0x202a: 'LEFT-TO-RIGHT EMBEDDING',
  0x202c: 'POP DIRECTIONAL FORMATTING',
  0x202d: 'LEFT-TO-RIGHT OVERRIDE',
  0x202e: 'RIGHT-TO-LEFT OVERRIDE',
  0x202f: 'NARROW NO-BREAK SPACE',
  0x2060: 'WORD JOINER',
  0x2212: 'MINUS SIGN',
  0x3000: 'IDEOGRAPHIC SPACE',
  0xfeff: 'BYTE ORDER MARK',
  0xfffd: 'REPLACEMENT CHARACTER',
};

/** `U+200B ZERO WIDTH SPACE`; a character without a name here is described by its kind. */
export function characterName(codePoint: number): string {
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
  return `${code} ${NAMES[codePoint] ?? describeCharacter(codePoint)}`;
}

function describeCharacter(codePoint: number): string {
  if (codePoint < 0x20 || (codePoint >= 0x80 && codePoint < 0xa0)) {
    return '(a control character)';
  }
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) {
    return '(half of a character)';
  }
  return '(not ASCII)';
}
