import type { DiagnosedError } from '../diagnosis/errors.js';
import { doctorCommand } from '../diagnosis/render/report-layout.js';
import { withBootReport } from './boot-report.js';

const UNKNOWN_FRAME = '    at CohereModule (the frame of the call is not known)';

/** Remembers where the user registered an instance of the module; the stack is only formatted when `frame` is read. */
export class CallSite {
  readonly instance: string | undefined;
  readonly #trace: { stack?: string } = {};

  /**
   * @param calledFunction the frame directly above this function is remembered
   * @param instance the `name` that was given there
   */
  // oxlint-disable-next-line typescript/no-unsafe-function-type -- the type of captureStackTrace
  constructor(calledFunction: Function, instance?: string) {
    this.instance = instance;
    Error.captureStackTrace(this.#trace, calledFunction);
  }

  /** `    at file:///app/app.module.ts:14:52` */
  get frame(): string {
    return this.#trace.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? UNKNOWN_FRAME;
  }
}

/**
 * An error that is thrown out of the boot: it carries its report, which names the instance and the user's own
 * call.
 *
 * @param variable the environment variable that holds the key, where one does
 */
export function bootFailure<E extends DiagnosedError>(
  error: E,
  { frame, instance }: CallSite,
  variable?: string,
): E {
  const checkCommand = doctorCommand(variable);
  return withBootReport(error, { frame, instance, checkCommand, variables: process.env });
}
