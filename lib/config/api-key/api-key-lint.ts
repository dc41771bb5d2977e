import { CATALOGUE } from '../../diagnosis/catalogue.js';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import type { Notice } from '../resolved-configuration.interface.js';
import { findDefect, type KeyDefect } from './find-defect.js';
import { fingerprint, Secret } from './secret.js';

/** Either a key that may be sent, or what is certainly wrong with it. */
export type KeyLintResult =
  | { readonly key: Secret; readonly notices: readonly Notice[]; readonly problem?: undefined }
  | { readonly problem: Diagnosis; readonly key?: undefined; readonly notices?: undefined };

// Cohere documents no format; so far its keys have been 40 letters and digits.
const USUAL_LENGTH = 40;
const USUAL_ALPHABET = /^[A-Za-z0-9]+$/;
const OUTER_WHITE_SPACE = /^[ \t\r\n\v\f]+|[ \t\r\n\v\f]+$/g;

/**
 * Looks at a key without asking anybody. What no key can be is a problem; what is only unusual is a
 * notice, because Cohere documents no format.
 *
 * @param sourceName how a person calls the place the value stands in: `COHERE_API_KEY`
 * @param origin the same with where it came from, for the detail: `COHERE_API_KEY from .env:3 (shadowed: nothing)`
 */
export function lintApiKey(value: string, sourceName: string, origin = sourceName): KeyLintResult {
  const trimmed = trimKey(value);
  if (trimmed.trim() === '') {
    return { problem: emptyKey(value, sourceName, origin) };
  }
  const defect = findDefect(trimmed);
  return defect === undefined
    ? { key: new Secret(trimmed), notices: unusual(value, trimmed, sourceName) }
    : { problem: toDiagnosis(defect, trimmed, sourceName, origin) };
}

/** Only ASCII white space: anything else around a key is a defect with a name. */
export function trimKey(value: string): string {
  return value.replace(OUTER_WHITE_SPACE, '');
}

/** The name of a source at the beginning of a sentence about the value. */
export function subjectOf(sourceName: string): string {
  if (/[\\/]/.test(sourceName)) {
    return `The key in ${sourceName}`;
  }
  if (sourceName.endsWith('function')) {
    return `The key from ${sourceName}`;
  }
  return sourceName.replace(/^the /, 'The ');
}

function emptyKey(value: string, sourceName: string, origin: string): Diagnosis {
  const state = value === '' ? 'empty' : 'blank';
  return createDiagnosis('COHERE_API_KEY_MISSING', {
    title: `${subjectOf(sourceName)} is set, but ${state}.`,
    key: `${origin}, ${countOf(value.length)}`,
    detail: value === '' ? '' : 'It holds white space and nothing else.',
    fix: [`Put the key into ${sourceName}.`, ...CATALOGUE.COHERE_API_KEY_MISSING.fix.slice(1)],
  });
}

function toDiagnosis(
  defect: KeyDefect,
  trimmed: string,
  sourceName: string,
  origin: string,
): Diagnosis {
  return createDiagnosis(defect.code, {
    title: `${subjectOf(sourceName)} ${defect.predicate}.`,
    key: `${origin}, ${countOf(trimmed.length)}, ${fingerprint(trimmed)}`,
    detail: defect.seen === undefined ? '' : toSentence(defect.seen),
    fix: [
      defect.firstFix,
      ...CATALOGUE[defect.code].fix.filter((step) => step !== defect.firstFix),
    ],
  });
}

function unusual(value: string, trimmed: string, sourceName: string): readonly Notice[] {
  const notices: Notice[] = [];
  if (value !== trimmed) {
    notices.push({
      level: 'debug',
      message: `${subjectOf(sourceName)} has white space around it, which was removed.`,
    });
  }
  if (trimmed.length !== USUAL_LENGTH || !USUAL_ALPHABET.test(trimmed)) {
    notices.push({
      level: 'warn',
      message:
        `${subjectOf(sourceName)} looks unusual: ${countOf(trimmed.length)}` +
        `${USUAL_ALPHABET.test(trimmed) ? '' : ', not only letters and digits'}. ` +
        `Keys of Cohere have so far been ${USUAL_LENGTH} letters and digits. It is used as it is (${fingerprint(trimmed)}).`,
    });
  }
  return notices;
}

function toSentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}

function countOf(length: number): string {
  return length === 1 ? '1 character' : `${length} characters`;
}
