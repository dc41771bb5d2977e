import { types } from 'node:util';
import { invalidArgument, kindOf } from '../check-request.js';
import { ignoreRejection, isThenable, Pace } from '../pace.js';
import type { RerankRequest } from '../rerank.interface.js';
import { toYaml, unwritable, WithoutText } from './to-yaml.js';

type ToText = (document: string | object, index: number) => string;

/**
 * Returns the text that each document is ranked by, in order. Long work is cut into slices, and an abort ends it
 * between two of them.
 *
 * @throws InvalidRequestError naming the index of a document that has no text; what `pace` throws once the call
 *   has ended
 */
export async function documentTexts<T extends string | object>(
  { documents, toText }: Pick<RerankRequest<T>, 'documents' | 'toText'>,
  pace = new Pace(),
): Promise<readonly string[]> {
  if (toText !== undefined) {
    return textsOf(documents, (document, index) => customText(toText, document, index), pace);
  }
  return isAllText(documents) ? documents : textsOf(documents, await ownText(), pace);
}

async function textsOf<T extends string | object>(
  documents: readonly T[],
  textOf: (document: T, index: number) => string,
  pace: Pace,
): Promise<string[]> {
  const texts: string[] = [];
  // An index loop, because map() skips the holes of a sparse array.
  for (let index = 0; index < documents.length; index += 1) {
    const document = documents[index];
    if (!isDocument(document)) {
      ignoreRejections(documents);
      throw invalidArgument(`documents[${index}]`, 'a string or an object', kindOf(document));
    }
    texts.push(textOf(document, index));
    if (pace.isDue) {
      // oxlint-disable-next-line no-await-in-loop
      await pace.turn();
    }
  }
  return texts;
}

function isAllText(documents: readonly unknown[]): documents is readonly string[] {
  for (let index = 0; index < documents.length; index += 1) {
    if (typeof documents[index] !== 'string') {
      return false;
    }
  }
  return true;
}

/** Loads the library with the first object: an app that ranks strings never needs it. */
async function ownText(): Promise<ToText> {
  const yaml = await import('yaml');
  return (document, index) => {
    if (typeof document === 'string') {
      return document;
    }
    try {
      return toYaml(yaml, document);
    } catch (error) {
      throw invalidArgument(
        `documents[${index}]`,
        'an object that can be written as YAML, or come with toText',
        describeUnwritable(document, error),
      );
    }
  };
}

function describeUnwritable(document: object, error: unknown): string {
  const reason = error instanceof WithoutText ? `: ${error.message}` : '';
  try {
    return unwritable(document) ?? `an object that cannot${reason}`;
  } catch {
    return 'an object that cannot';
  }
}

function customText<T>(toText: (document: T, index: number) => string, document: T, index: number) {
  let text: unknown;
  try {
    text = toText(document, index);
  } catch {
    // The error may quote the document.
    throw invalidArgument(
      'toText',
      'a function that returns a string',
      `failing on documents[${index}]`,
    );
  }
  if (typeof text !== 'string') {
    const kind = isThenable(text) ? 'a promise' : kindOf(text);
    ignoreRejection(text);
    throw invalidArgument(
      'toText',
      'a function that returns a string',
      `returning ${kind} for documents[${index}]`,
    );
  }
  return text;
}

function isDocument<T extends string | object>(value: T | undefined): value is T {
  return (
    typeof value === 'string' || (typeof value === 'object' && value !== null && !isThenable(value))
  );
}

/** Handles promises passed as documents: the call is refused, and a later rejection must not end the process. */
function ignoreRejections(documents: readonly unknown[]): void {
  for (const document of documents) {
    if (types.isPromise(document)) {
      ignoreRejection(document);
    }
  }
}
