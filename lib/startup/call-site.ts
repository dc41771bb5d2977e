const UNKNOWN_FRAME = '    at CohereModule (the frame of the call is not known)';

/** Remembers where the user called a function; the stack is only formatted when `frame` is read. */
export class CallSite {
  readonly #trace: { stack?: string } = {};

  /** @param calledFunction the frame directly above this function is remembered */
  // oxlint-disable-next-line typescript/no-unsafe-function-type -- the type of captureStackTrace
  constructor(calledFunction: Function) {
    Error.captureStackTrace(this.#trace, calledFunction);
  }

  /** `    at file:///app/app.module.ts:14:52` */
  get frame(): string {
    return this.#trace.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? UNKNOWN_FRAME;
  }
}
