import { toYaml, WithoutText } from './to-yaml.js';
import { ignoreRejection, isThenable, Pace } from '../pace.js';
import type { RerankRequest } from '../rerank.interface.js';
import { invalidArgument, kindOf } from '../check-request.js';

type ToText = (document: string | object, index: number) => string;

/** Ends a conversion: it throws once the call has ended. */
export type ThrowIfEnded = () => void;

/**
 * The text each document is ranked by, in order. Long work is cut into slices; between them the end of the
 * call is heard.
 *
 * @throws InvalidRequestError naming the index of a document that has no text; what `throwIfEnded` throws
 */
export async function documentTexts<T extends string | object>(
  { documents, toText }: Pick<RerankRequest<T>, 'documents' | 'toText'>,
  throwIfEnded: ThrowIfEnded = () => undefined,
): Promise<readonly string[]> {
  if (toText !== undefined) {
    return textsOf(
      documents,
      (document, index) => customText(toText, document, index),
      throwIfEnded,
    );
  }
  return isAllText(documents) ? documents : textsOf(documents, await ownText(), throwIfEnded);
}

async function textsOf<T extends string | object>(
  documents: readonly T[],
  textOf: (document: T, index: number) => string,
  throwIfEnded: ThrowIfEnded,
): Promise<string[]> {
  const texts: string[] = [];
  const pace = new Pace();
  // By index, because map() skips the holes of a sparse array.
  for (let index = 0; index < documents.length; index += 1) {
    const document = documents[index];
    if (!isDocument(document)) {
      throw invalidArgument(`documents[${index}]`, 'a string or an object', kindOf(document));
    }
    texts.push(textOf(document, index));
    if (pace.isDue) {
      // oxlint-disable-next-line no-await-in-loop
      await pace.turn();
      throwIfEnded();
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
      const reason = error instanceof WithoutText ? `: ${error.message}` : '';
      throw invalidArgument(
        `documents[${index}]`,
        'an object that can be written as YAML, or come with toText',
        `an object that cannot${reason}`,
      );
    }
  };
}

function customText<T>(toText: (document: T, index: number) => string, document: T, index: number) {
  let text: unknown;
  try {
    text = toText(document, index);
  } catch {
    // What it threw may quote the document.
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
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}
