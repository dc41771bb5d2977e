import type { Diagnosis } from '../diagnosis.interface.js';
import { describeFound } from './report-layout.js';

/** Kubernetes reads no more of /dev/termination-log. */
const MOST_BYTES = 4_096;
const CUT = '…\n';

/**
 * What `kubectl describe pod` shows: every problem in one line first, then what was found and how to fix
 * it, so that a cut takes the least important part.
 */
export function renderTerminationLog(diagnoses: readonly Diagnosis[]): string {
  const headlines = diagnoses.map(({ code, title }) => `${code}  ${title}`);
  const details = diagnoses.map((diagnosis, index) => {
    const number = diagnoses.length === 1 ? '' : `${index + 1}. `;
    const steps = diagnosis.fix.map((step) => `Fix: ${step}`);
    const request =
      diagnosis.upstream?.requestId === undefined
        ? []
        : [`Request: ${diagnosis.upstream.requestId}`];
    return [`${number}${describeFound(diagnosis)}`, ...steps, ...request].join('\n');
  });
  return cut(`${[...headlines, ...details].join('\n')}\n`);
}

function cut(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= MOST_BYTES) {
    return text;
  }
  let end = MOST_BYTES - Buffer.byteLength(CUT);
  while (isContinuation(bytes[end])) {
    end -= 1;
  }
  return `${bytes.toString('utf8', 0, end)}${CUT}`;
}

/** UTF-8: a byte in the middle of a character. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
