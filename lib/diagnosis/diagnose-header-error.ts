import { createDiagnosis } from './create-diagnosis.js';
import type { Diagnosis } from './diagnosis.interface.js';
import { readString } from './read-safely.js';

/**
 * What `fetch` throws for a key that no header may hold. The first of the two messages contains the key,
 * so nothing of it is shown.
 */
export function diagnoseHeaderError(error: unknown): Diagnosis | undefined {
  const message = readString(error, 'message') ?? '';
  if (/\bHeaders\.(?:set|append): "Bearer /.test(message)) {
    return malformed('a line break or another control character');
  }
  if (/Cannot convert argument to a ByteString/.test(message)) {
    const codePoint = /has a value of (\d{3,7}) which/.exec(message)?.[1];
    return malformed(
      codePoint === undefined
        ? 'a character outside Latin-1'
        : `the character U+${Number(codePoint).toString(16).toUpperCase().padStart(4, '0')}`,
    );
  }
  return undefined;
}

function malformed(character: string): Diagnosis {
  return createDiagnosis('COHERE_API_KEY_MALFORMED', {
    title: 'The API key holds a character that no HTTP header may hold.',
    detail: `The Authorization header could not be written: it holds ${character}. No request was sent.`,
  });
}
