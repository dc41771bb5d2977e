import type { Diagnosis } from '../diagnosis.interface.js';
import {
  describeFound,
  describeModule,
  inReportOrder,
  printable,
  type ReportOptions,
} from './report-layout.js';

/** Renders workflow commands of GitHub Actions, one annotation per problem. */
export function renderGithubAnnotation(
  diagnoses: readonly Diagnosis[],
  { instance }: ReportOptions = {},
): string {
  return inReportOrder(diagnoses)
    .map(printable)
    .map((diagnosis) => {
      const { code, title, fix, upstream } = diagnosis;
      const lines = [
        ...fix.map((step, index) => `${index + 1}. ${step}`),
        describeFound(diagnosis),
        ...(upstream?.requestId === undefined ? [] : [`Request ${upstream.requestId}`]),
        ...(instance === undefined ? [] : [`Module ${describeModule(instance)}`]),
      ];
      const message = lines.filter((line) => line !== '').join('\n');
      return `::error title=${escapeProperty(`${code} ${title}`)}::${escapeMessage(message)}`;
    })
    .join('\n');
}

function escapeMessage(text: string): string {
  return text.replace(/%/g, '%25').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
