import { CATALOGUE, type DiagnosisCode } from '../../diagnosis/catalogue.js';
import { createDiagnosis, fixElsewhere } from '../../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { describeType } from '../describe-value.js';
import type { Notice } from '../resolved-configuration.interface.js';
import { findCertainDefect, findDefect, type KeyDefect } from './find-defect.js';
import { fingerprint, Secret } from './secret.js';

/** A key that may be sent, or its certain defect. */
export type KeyLintResult =
  | {
      readonly key: Secret;
      readonly notices: readonly Notice[];
      /** The likeliest cause if the host rejects the key; a full sentence. */
      readonly hint?: string | undefined;
      readonly problem?: undefined;
    }
  | {
      readonly problem: Diagnosis;
      readonly key?: undefined;
      readonly notices?: undefined;
      readonly hint?: undefined;
    };

export interface KeyLintContext {
  /** The name of the source: `COHERE_API_KEY`. */
  readonly name: string;
  /** The source with its line, for a report: `COHERE_API_KEY from .env:3`. */
  readonly origin?: string | undefined;
  /**
   * True if the key is sent to Cohere itself. Other hosts have keys of any form, so for them only a value that no host can
   * accept is refused. Default true.
   */
  readonly isCohereHost?: boolean | undefined;
  /** The source of a valid value that this one overrides, such as `.env:3`. */
  readonly hidden?: { readonly place: string; readonly by: string } | undefined;
}

// Cohere documents no format; so far its keys have been 40 letters and digits.
const USUAL_LENGTH = 40;
const USUAL_KEY = /^[A-Za-z0-9]{40}$/;

/**
 * Checks a key without a request to Cohere. A value that cannot be a key is a problem; an unusual one is only a notice,
 * because no format is documented.
 */
export function lintApiKey(value: string, context: KeyLintContext): KeyLintResult {
  const { name, isCohereHost = true } = context;
  const trimmed = trimKey(value);
  if (trimmed.trim() === '') {
    return { problem: emptyKey(value, context) };
  }
  const defect = isCohereHost ? findDefect(trimmed) : findCertainDefect(trimmed);
  if (defect !== undefined) {
    return { problem: toDiagnosis(defect, trimmed, context) };
  }
  const suspicion = isCohereHost ? undefined : findDefect(trimmed);
  return {
    key: new Secret(trimmed),
    notices: [
      ...whiteSpaceNotice(value, trimmed, name),
      ...(suspicion !== undefined
        ? [suspicionNotice(suspicion, trimmed, name)]
        : isCohereHost
          ? unusualNotice(trimmed, name)
          : []),
    ],
    hint:
      suspicion === undefined
        ? oddity(trimmed, name, isCohereHost)
        : `${subjectOf(name)} ${suspicion.predicate}. Check that the host of the base URL accepts such keys.`,
  };
}

export const GIVEN_KEY_NAME = 'the key given to forKey()';

/** Checks a key given to `forKey()`, which may be missing, because a request may lack the header. */
export function lintGivenKey(value: unknown, isCohereHost: boolean): KeyLintResult {
  const name = GIVEN_KEY_NAME;
  if (typeof value === 'string' && trimKey(value).trim() !== '') {
    return lintApiKey(value, { name, isCohereHost });
  }
  return {
    problem: createDiagnosis('COHERE_API_KEY_MISSING', {
      title: 'No API key was given to forKey().',
      ...forCaller('No API key was given to forKey().'),
      key: name,
      detail: `It is ${typeof value === 'string' ? 'blank' : describeType(value)}.`,
      fix: [
        "Pass the caller's key to forKey() as a string, or answer a request that brings none before calling it.",
      ],
    }),
  };
}

/** Returns the texts for a client that sent its own key. */
function forCaller(clientTitle: string): Pick<Diagnosis, 'clientTitle' | 'clientFix'> {
  return {
    clientTitle,
    clientFix: [
      'Pass an API key alone, with nothing around it: a key that is passed takes the place of COHERE_API_KEY.',
    ],
  };
}

/** Trims only ASCII white space: any other character around a key is a defect of its own. */
export function trimKey(value: string): string {
  let start = 0;
  let end = value.length;
  while (isWhiteSpace(value.charCodeAt(start))) {
    start++;
  }
  while (isWhiteSpace(value.charCodeAt(end - 1))) {
    end--;
  }
  return value.slice(start, end);
}

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Returns the name of a source for the beginning of a sentence. */
export function subjectOf(sourceName: string): string {
  // A file: no name of a variable has a slash, a dot or a hyphen.
  if (/[\\/.-]/.test(sourceName)) {
    return `The key in ${sourceName}`;
  }
  if (sourceName.endsWith('function')) {
    return `The key from ${sourceName}`;
  }
  return sourceName.replace(/^the /, 'The ');
}

const OTHER_HOST = 'the deployment that COHERE_BASE_URL (or the option baseUrl) names';

function stepsOf(code: DiagnosisCode, isCohereHost: boolean): readonly string[] {
  return isCohereHost ? CATALOGUE[code].fix : fixElsewhere(code, OTHER_HOST);
}

function emptyKey(
  value: string,
  { name, origin = name, hidden, isCohereHost = true }: KeyLintContext,
): Diagnosis {
  return createDiagnosis('COHERE_API_KEY_MISSING', {
    title: `${subjectOf(name)} is set, but ${value === '' ? 'empty' : 'blank'}.`,
    key: `${origin}, ${countOf(value.length)}`,
    detail: value === '' ? '' : 'It has white space and nothing else.',
    fix:
      hidden === undefined
        ? [`Put the key into ${name}.`, ...stepsOf('COHERE_API_KEY_MISSING', isCohereHost).slice(1)]
        : [
            `Remove the empty ${name.replace(/^the /, '')} from ${hidden.by}: it overrides the key in ${hidden.place}.`,
          ],
  });
}

function toDiagnosis(
  defect: KeyDefect,
  trimmed: string,
  { name, origin = name, isCohereHost = true }: KeyLintContext,
): Diagnosis {
  const title = `${subjectOf(name)} ${defect.predicate}.`;
  return createDiagnosis(defect.code, {
    title,
    ...(name === GIVEN_KEY_NAME ? forCaller(title) : {}),
    key: `${origin}, ${countOf(trimmed.length)}, ${fingerprint(trimmed)}`,
    detail: defect.seen === undefined ? '' : sentence(defect.seen),
    fix: [defect.firstFix, ...otherSteps(defect, isCohereHost)],
  });
}

/** Returns the steps of the catalogue that remain once the first one is certain, without duplicates of it. */
function otherSteps({ code }: KeyDefect, isCohereHost: boolean): readonly string[] {
  const steps = stepsOf(code, isCohereHost);
  switch (code) {
    case 'COHERE_API_KEY_MALFORMED':
      return [];
    case 'COHERE_API_KEY_FOREIGN':
      return steps.slice(1);
    case 'COHERE_API_KEY_PLACEHOLDER':
      return steps.slice(1, 2);
    default:
      return steps;
  }
}

function whiteSpaceNotice(value: string, trimmed: string, name: string): readonly Notice[] {
  return value === trimmed
    ? []
    : [
        {
          level: 'debug',
          message: `${subjectOf(name)} has white space around it, which was removed.`,
        },
      ];
}

function suspicionNotice(suspicion: KeyDefect, trimmed: string, name: string): Notice {
  return {
    level: 'warn',
    message:
      `${subjectOf(name)} ${suspicion.predicate}. It is used as is, because the base URL is not ` +
      `Cohere's own (${fingerprint(trimmed)}).`,
  };
}

function unusualNotice(trimmed: string, name: string): readonly Notice[] {
  return USUAL_KEY.test(trimmed)
    ? []
    : [
        {
          level: 'warn',
          message:
            `${subjectOf(name)} looks unusual: ${countOf(trimmed.length)}` +
            `${/^[A-Za-z0-9]+$/.test(trimmed) ? '' : ', not only letters and digits'}. ` +
            `Cohere keys have so far been ${USUAL_LENGTH} letters and digits. It is used as is (${fingerprint(trimmed)}).`,
        },
      ];
}

/** Finds damage by a secret manager or by copying, reported only if the key is rejected. */
function oddity(key: string, name: string, isCohereHost: boolean): string | undefined {
  const subject = subjectOf(name);
  if (USUAL_KEY.test(key)) {
    return undefined;
  }
  if (/^[A-Za-z0-9+/_-]{24,200}={0,2}$/.test(key) && USUAL_KEY.test(trimKey(decoded(key)))) {
    return `${subject} is the base64 form of a key: decode it once. Kubernetes stores "data" in base64, and "stringData" as is.`;
  }
  if (key.startsWith('{') && key.endsWith('}')) {
    return `${subject} is a JSON object: take the key out of it. Secret managers store such objects, one field per secret.`;
  }
  if (!isCohereHost) {
    return undefined;
  }
  if (/^[A-Za-z0-9]+$/.test(key)) {
    return `${subject} has ${countOf(key.length)} where Cohere keys have so far had ${USUAL_LENGTH}: copy the whole key again.`;
  }
  return /(?<![A-Za-z0-9])[A-Za-z0-9]{40}(?![A-Za-z0-9])/.test(key)
    ? `${subject} has other text around what looks like a key: keep the ${USUAL_LENGTH} letters and digits alone.`
    : undefined;
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function countOf(length: number): string {
  return length === 1 ? '1 character' : `${length} characters`;
}
