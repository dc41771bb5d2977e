import { appendFileSync, existsSync, writeSync } from 'node:fs';
import { renderGithubAnnotation } from '../diagnosis/render/render-github-annotation.js';
import { renderJson } from '../diagnosis/render/render-json.js';
import { renderTerminationLog } from '../diagnosis/render/render-termination-log.js';
import type { CallSite } from './call-site.js';
import { markReported } from './reported-failures.js';
import type { DiagnosedError } from '../diagnosis/errors.js';
import { problemsOf } from '../diagnosis/errors.js';
import { withReportAsStack } from '../diagnosis/render/render-report.js';

const TERMINATION_LOG = '/dev/termination-log';
const STANDARD_ERROR = 2;

type Variables = Readonly<Record<string, string | undefined>>;

/** Whether the operator asked for one JSON line in place of the report (`COHERE_BOOT_REPORT=json`). */
export function wantsJson(variables: Variables): boolean {
  return variables['COHERE_BOOT_REPORT']?.trim().toLowerCase() === 'json';
}

/**
 * Prepares an error for being thrown out of the boot: its stack becomes the report, and the places
 * where an orchestrator looks (JSON log, Kubernetes termination log, GitHub Actions) are told.
 */
export function bootFailure<E extends DiagnosedError>(
  error: E,
  callSite: CallSite,
  variables: Variables,
): E {
  const problems = problemsOf(error);
  writeQuietly(() => {
    const path = variables['COHERE_TERMINATION_LOG'] ?? TERMINATION_LOG;
    if (existsSync(path)) {
      appendFileSync(path, renderTerminationLog(problems));
    }
  });
  if (variables['GITHUB_ACTIONS'] === 'true') {
    writeQuietly(() => writeSync(STANDARD_ERROR, `${renderGithubAnnotation(problems)}\n`));
  }
  if (wantsJson(variables)) {
    writeQuietly(() => writeSync(STANDARD_ERROR, `${renderJson(problems)}\n`));
    return withShortStack(markReported(error), callSite.frame);
  }
  return withReportAsStack(error, callSite.frame);
}

/** With the JSON line written, Nest and Node print a headline only. */
function withShortStack<E extends DiagnosedError>(error: E, frame: string): E {
  return Object.defineProperty(error, 'stack', {
    value: `${error.code}  ${error.message}\n${frame}`,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

/** A log that cannot be written must never hide the failure itself. */
function writeQuietly(write: () => void): void {
  try {
    write();
  } catch {
    // the report is still thrown
  }
}
