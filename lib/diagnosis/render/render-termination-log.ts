import type { Diagnosis } from '../diagnosis.interface.js';
import {
  describeFound,
  describeModule,
  inReportOrder,
  printable,
  type ReportOptions,
} from './report-layout.js';

/** The size that Kubernetes reads of /dev/termination-log. */
const MAX_BYTES = 4_096;
const CUT = '…\n';

/**
 * Renders the text that `kubectl describe pod` shows: one line per problem, then fixes and findings, so that a cut
 * removes the least important part.
 */
export function renderTerminationLog(
  diagnoses: readonly Diagnosis[],
  { instance }: ReportOptions = {},
): string {
  const problems = inReportOrder(diagnoses).map(printable);
  const headlines = problems.map(({ code, title }) => `${code}  ${title}`);
  const module = instance === undefined ? [] : [`Module: ${describeModule(instance)}`];
  const details = problems.map((diagnosis, index) => {
    const number = problems.length === 1 ? '' : `${index + 1}. `;
    const { fix, upstream } = diagnosis;
    const lines = [
      ...fix.map((step) => `Fix: ${step}`),
      `Found: ${describeFound(diagnosis)}`,
      ...(upstream?.requestId === undefined ? [] : [`Request: ${upstream.requestId}`]),
    ];
    return `${number}${lines.join('\n')}`;
  });
  return cut(`${[...headlines, ...module, ...details].join('\n')}\n`);
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BYTES) {
    return text;
  }
  let end = MAX_BYTES - Buffer.byteLength(CUT);
  while (isContinuation(bytes.readUInt8(end))) {
    end -= 1;
  }
  return `${bytes.subarray(0, end).toString()}${CUT}`;
}

/** Recognizes a continuation byte of UTF-8. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
