import type { DiagnosisCode } from '../../diagnosis/diagnosis-code.js';
import { characterName } from './character-name.js';
import { foreignProvider, isJsonWebToken } from './foreign-keys.js';
import { isPlaceholder } from './placeholders.js';

/** What is certainly wrong with a value. Holds nothing of the value but single characters that no key has. */
export interface KeyDefect {
  readonly code: DiagnosisCode;
  /** Goes on after the name of the source: `is wrapped in quotation marks`. */
  readonly predicate: string;
  /** What was seen, where the predicate does not say it all. */
  readonly seen?: string;
  /** The first step; the steps of the catalogue follow. */
  readonly firstFix: string;
}

const QUOTES = '\'"`‘’“”„«»';
const LEADING_QUOTE = new RegExp(`^[${QUOTES}]`);
const TRAILING_QUOTE = new RegExp(`[${QUOTES}]$`);
const ASSIGNMENT =
  /^(?:(?:export|set|setx|env|declare|let|const)\s+|\$env:)?(?:COHERE|CO)?_?(?:API)?_?(?:KEY|TOKEN)(?:_FILE)?\s*[=:]|^export\s|^\$env:\w+\s*=/i;
const BEARER = /^(?:authorization\s*:\s*)?bearer(?:[\s:]|$)/i;
const TEMPLATE =
  /\$\{|\$\(|\{\{|\}\}|^\$env:\w+$|^\$[A-Za-z_]\w*$|^<[^]*>$|^%[A-Za-z_]\w*%$|^#\{[^]*\}#?$|^__\w+__$/;
const SECRET_REFERENCE =
  /^(?:op:\/\/|vault:|awssm:|ssm:|sops:|secretref:|arn:aws[\w-]*:|@Microsoft\.KeyVault\(|projects\/[^/]+\/secrets\/)/i;
const URL_SHAPE = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Finds what is certainly wrong. `value` has no outer white space. Order matters: the most telling cause first. */
export function findDefect(value: string): KeyDefect | undefined {
  return (
    inAssignment(value) ??
    inBearer(value) ??
    inQuotes(value) ??
    inContent(value) ??
    inCharacters(value)
  );
}

function inAssignment(value: string): KeyDefect | undefined {
  return ASSIGNMENT.test(value)
    ? {
        code: 'COHERE_API_KEY_MALFORMED',
        predicate: 'holds a whole assignment, not only the key',
        seen: 'the name of the variable was pasted into its value',
        firstFix: 'Remove the variable name and the equals sign from the value; keep what follows.',
      }
    : undefined;
}

function inBearer(value: string): KeyDefect | undefined {
  return BEARER.test(value)
    ? {
        code: 'COHERE_API_KEY_MALFORMED',
        predicate: 'begins with "Bearer"',
        seen: 'the word Bearer of an Authorization header stands before the key',
        firstFix: 'Remove the word "Bearer" and the space after it; the module adds them itself.',
      }
    : undefined;
}

function inQuotes(value: string): KeyDefect | undefined {
  const atStart = LEADING_QUOTE.test(value);
  const atEnd = TRAILING_QUOTE.test(value);
  if (!atStart && !atEnd) {
    return undefined;
  }
  const inner = value.slice(atStart ? 1 : 0, atEnd ? -1 : undefined).trim();
  if (inner === '') {
    return {
      code: 'COHERE_API_KEY_MISSING',
      predicate: 'holds nothing but quotation marks',
      firstFix: 'Put the key where the quotation marks are, without quotation marks.',
    };
  }
  return (
    inContent(inner) ?? {
      code: 'COHERE_API_KEY_MALFORMED',
      predicate:
        atStart && atEnd && value.length > 1
          ? 'is wrapped in quotation marks'
          : `has a quotation mark at its ${atStart ? 'beginning' : 'end'}`,
      seen: 'the quotation marks are part of the value: whatever set the variable did not remove them',
      firstFix: 'Remove the quotation marks around the value.',
    }
  );
}

function inContent(value: string): KeyDefect | undefined {
  if (TEMPLATE.test(value)) {
    return {
      code: 'COHERE_API_KEY_PLACEHOLDER',
      predicate: 'holds a template that was never filled in',
      firstFix:
        'Fill in the key itself, or check that the variable the template names exists where the template is expanded (shell, Compose, Helm, CI).',
    };
  }
  if (SECRET_REFERENCE.test(value)) {
    return {
      code: 'COHERE_API_KEY_PLACEHOLDER',
      predicate: 'holds a reference to a secret, not the secret',
      firstFix:
        'Start the app through the tool that resolves the reference, or check its permission to read that secret.',
    };
  }
  if (URL_SHAPE.test(value)) {
    return {
      code: 'COHERE_API_KEY_MALFORMED',
      predicate: 'holds a web address, not a key',
      firstFix: 'Put the address into COHERE_BASE_URL, and the key into COHERE_API_KEY.',
    };
  }
  if (isPlaceholder(value)) {
    return {
      code: 'COHERE_API_KEY_PLACEHOLDER',
      predicate: 'still holds a placeholder',
      firstFix: 'Replace the placeholder by a real key.',
    };
  }
  return inProvider(value);
}

function inProvider(value: string): KeyDefect | undefined {
  if (isJsonWebToken(value)) {
    return {
      code: 'COHERE_API_KEY_FOREIGN',
      predicate: 'holds a JSON Web Token, not a key of Cohere',
      firstFix: 'Put a key of Cohere there; the token belongs to another service or to a login.',
    };
  }
  const provider = foreignProvider(value);
  return provider === undefined
    ? undefined
    : {
        code: 'COHERE_API_KEY_FOREIGN',
        predicate: `holds a key of another provider: ${provider}`,
        firstFix: `Put a key of Cohere there; this one begins as the keys of ${provider} do.`,
      };
}

function inCharacters(value: string): KeyDefect | undefined {
  const characters = Array.from(value);
  const at = characters.findIndex((character) => !/[\x21-\x7e]/.test(character));
  const codePoint = characters[at]?.codePointAt(0);
  if (codePoint === undefined) {
    return undefined;
  }
  const place = `character ${at + 1} of ${characters.length}`;
  if (/[\r\n]/.test(value)) {
    return {
      code: 'COHERE_API_KEY_MALFORMED',
      predicate: 'has a line break inside',
      seen: `${place} is the first that no key has`,
      firstFix: 'Put the key on one line; if two keys stand there, keep one.',
    };
  }
  if (codePoint === 0x20 || codePoint === 0x09) {
    return {
      code: 'COHERE_API_KEY_MALFORMED',
      predicate: 'has white space inside',
      seen: `${place} is a ${codePoint === 0x20 ? 'space' : 'tab'}`,
      firstFix: 'Remove the white space, and anything that is not the key.',
    };
  }
  const name = characterName(codePoint);
  // What the byte order mark of a UTF-8 file, and any byte of a UTF-16 file, is read as.
  const isEncoding = codePoint === 0xfeff || codePoint === 0xfffd;
  return {
    code: 'COHERE_API_KEY_MALFORMED',
    predicate: `holds a character that no key has: ${name}`,
    seen: `${place} is ${name}`,
    firstFix: isEncoding
      ? 'Save the file that sets the key as UTF-8 without a byte order mark.'
      : 'Delete the value and copy the key again from the dashboard, as plain text.',
  };
}
