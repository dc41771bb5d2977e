import { EXIT_CODE } from '../../diagnosis/catalogue.js';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import type { FetchedValue, RawKeySource } from './api-key-source.interface.js';

/** The deadline of one reading; a working secret store is far faster. */
const READING_DEADLINE_MS = 10_000;

/**
 * Reads a source once, with a deadline: a reading that never ends would block the boot, or every later renewal, forever.
 *
 * Its timer keeps the process alive. A pending promise does not, so a boot that waits for one would exit silently.
 *
 * @param closing aborts the reading and its timer when the app closes
 */
export function readWithDeadline(
  source: Pick<RawKeySource, 'name' | 'fetchValue'>,
  deadlineMs: number = READING_DEADLINE_MS,
  closing?: AbortSignal,
): Promise<FetchedValue> {
  return new Promise((resolve, reject) => {
    const clear = () => {
      clearTimeout(timer);
      closing?.removeEventListener('abort', giveUp);
    };
    const giveUp = () => {
      clear();
      resolve({ problem: tooSlow(source.name, deadlineMs) });
    };
    const timer = setTimeout(giveUp, deadlineMs);
    closing?.addEventListener('abort', giveUp, { once: true });
    if (closing?.aborted === true) {
      giveUp();
    }
    source.fetchValue().then(resolve, reject).finally(clear);
  });
}

function tooSlow(name: string, deadlineMs: number) {
  return createDiagnosis('COHERE_API_KEY_SOURCE_FAILED', {
    title: 'The source of the API key did not answer in time.',
    detail: `${name} gave no key within ${deadlineMs} ms`,
    retryable: true,
    exitCode: EXIT_CODE.unavailable,
    fix: [
      'Make the source of the API key answer faster, or give it a time limit and a cached value of its own.',
      'Check that this process can reach the secret store or file system the key comes from.',
    ],
  });
}
