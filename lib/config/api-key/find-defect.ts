import type { DiagnosisCode } from '../../diagnosis/catalogue.js';
import { findQuotationMarks } from '../quotation-marks.js';
import { foreignProvider, isJsonWebToken, isPlaceholder } from './telltale-values.js';

/** A defect of a value. Contains none of the value except the code of one character that no key has. */
export interface KeyDefect {
  readonly code: DiagnosisCode;
  /**
   * True if no host can accept it. All others are certain only for Cohere: a gateway may issue `sk-…`, a token or the
   * word `EMPTY`.
   */
  readonly isCertain: boolean;
  /** The predicate after the name of the source: `is wrapped in quotation marks`. */
  readonly predicate: string;
  /** Details beyond the predicate. */
  readonly seen?: string | undefined;
  /** The first step; the steps of the catalogue follow. */
  readonly firstFix: string;
}

/** The maximum length of a header field that HTTP servers accept. */
const MAX_LENGTH = 16_384;

type Rule = (value: string) => KeyDefect | undefined;

/** Rules for values that are not keys, with or without quotation marks. */
const CONTENT_RULES: readonly Rule[] = [
  when(
    /\$\{|\$\(|\{\{|\}\}|^\$env:\w+$|^\$[A-Za-z_]\w*$|^<[^]*>$|^%[A-Za-z_]\w*%$|^#\{[^]*\}#?$|^__\w+__$/,
    {
      code: 'COHERE_API_KEY_PLACEHOLDER',
      // An unexpanded variable is not a key on any host.
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
      predicate: 'contains a reference to a secret, not the secret',
      firstFix:
        'Start the app through the tool that resolves the reference, or check its permission to read that secret.',
    },
  ),
  // A key in base64 may contain a slash, so one at the beginning needs a second.
  when(
    /^(?:file:\/\/|~[\w.-]*[\\/]|\.{1,2}[\\/]|\\\\|[A-Z]:[\\/]|\/[\w.@-]+\/[\w.@/-]+$|[\w.\\/-]+\.(?:txt|key|pem|env|json|ya?ml)$)/i,
    {
      code: 'COHERE_API_KEY_MALFORMED',
      predicate: 'contains the path of a file, not a key',
      firstFix: 'Put the path into COHERE_API_KEY_FILE, and leave COHERE_API_KEY unset.',
    },
  ),
  when(/^[a-z][a-z0-9+.-]{0,20}:\/\//i, {
    code: 'COHERE_API_KEY_MALFORMED',
    predicate: 'contains a web address, not a key',
    firstFix: 'Put the address into COHERE_BASE_URL, and the key into COHERE_API_KEY.',
  }),
  when(isPlaceholder, {
    code: 'COHERE_API_KEY_PLACEHOLDER',
    predicate: 'is still a placeholder',
    firstFix: 'Replace the placeholder with a real key.',
  }),
  when(isJsonWebToken, {
    code: 'COHERE_API_KEY_FOREIGN',
    predicate: 'contains a JSON Web Token, not a Cohere key',
    firstFix: 'Put a Cohere key there; the token belongs to another service or to a login.',
  }),
  otherProvider,
];

/** The rules, the most specific first: only the first match is reported. */
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
      predicate: 'contains a whole assignment, not only the key',
      seen: 'the name of the variable was pasted into its value',
      firstFix: 'Remove the variable name and the equals sign from the value; keep what follows.',
    },
  ),
  when((value) => /^\{\s*"/.test(value) && value.endsWith('}'), {
    code: 'COHERE_API_KEY_MALFORMED',
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
  // UTF-16 decoded as UTF-8: every other character is NUL.
  when(/(?:[^\0]\0){4}|(?:\0[^\0]){4}/, {
    code: 'COHERE_API_KEY_MALFORMED',
    isCertain: true,
    predicate: 'is saved as UTF-16',
    firstFix: 'Save the file that contains the key as UTF-8.',
  }),
  character,
];

/** Finds the first defect of a trimmed value for Cohere's own hosts. */
export function findDefect(value: string): KeyDefect | undefined {
  return firstDefect(RULES, value);
}

/** Finds the first defect for which no host can accept a value. */
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

/** Creates a rule with a fixed text; it is certain only if set. */
function when(
  test: RegExp | ((value: string) => boolean),
  {
    isCertain = false,
    ...defect
  }: Omit<KeyDefect, 'isCertain'> & { readonly isCertain?: boolean | RegExp },
): Rule {
  return (value) =>
    (test instanceof RegExp ? test.test(value) : test(value))
      ? { ...defect, isCertain: isCertain instanceof RegExp ? isCertain.test(value) : isCertain }
      : undefined;
}

function quotes(value: string): KeyDefect | undefined {
  const quoted = findQuotationMarks(value);
  if (quoted === undefined) {
    return undefined;
  }
  const { inner, predicate, isWrapped } = quoted;
  if (inner === '') {
    return {
      code: 'COHERE_API_KEY_MISSING',
      isCertain: true,
      predicate: 'contains nothing but quotation marks',
      firstFix: 'Put the key where the quotation marks are, without quotation marks.',
    };
  }
  const content = firstDefect(CONTENT_RULES, inner);
  return content === undefined
    ? {
        code: 'COHERE_API_KEY_MALFORMED',
        isCertain: isWrapped,
        predicate,
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
  const odd = characters[at];
  if (odd === undefined) {
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
    const space = characters.findIndex((one) => one === ' ' || one === '\t');
    return {
      code: 'COHERE_API_KEY_MALFORMED',
      isCertain: true,
      predicate: 'has white space inside',
      seen: `character ${space + 1} of ${characters.length} is a ${characters[space] === ' ' ? 'space' : 'tab'}`,
      firstFix: 'Remove the white space, and anything that is not the key.',
    };
  }
  const name = describeCharacter(odd);
  return {
    code: 'COHERE_API_KEY_MALFORMED',
    // A header can contain Latin-1, so a private host may accept such a key.
    isCertain: characters.some((one) => !/[\x21-\x7e\xa1-\xac\xae-\xff]/.test(one)),
    predicate: `contains a character that no key has: ${name}`,
    seen: `${place} is ${name}`,
    // The byte order mark of UTF-8, and the replacement character.
    firstFix: /[\ufeff\ufffd]/.test(odd)
      ? 'Save the file that sets the key as UTF-8 without a byte order mark.'
      : 'Delete the value and copy the key again, as plain text.',
  };
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\p{Cc}/u, 'a control character'],
  [/\p{Cf}/u, 'an invisible character'],
  [/\p{Z}/u, 'a space'],
  [/\p{Pd}/u, 'a dash'],
  [/\p{Pi}|\p{Pf}/u, 'a quotation mark'],
];

/** `U+200B, an invisible character` */
function describeCharacter(odd: string): string {
  const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const [, kind = 'not ASCII'] = KINDS.find(([shape]) => shape.test(odd)) ?? [];
  return `U+${code}, ${kind}`;
}
