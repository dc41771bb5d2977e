import { appendFileSync, existsSync, writeSync } from 'node:fs';
// Imported, because tests may fake the global one.
import { setImmediate } from 'node:timers';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { type DiagnosedError, problemsOf } from '../diagnosis/errors.js';
import { readString } from '../diagnosis/read-safely.js';
import { renderGithubAnnotation } from '../diagnosis/render/render-github-annotation.js';
import { renderJson } from '../diagnosis/render/render-json.js';
import { renderReport, renderTerminal } from '../diagnosis/render/render-report.js';
import { renderTerminationLog } from '../diagnosis/render/render-termination-log.js';
import {
  doctorCommand,
  inReportOrder,
  type ReportOptions,
} from '../diagnosis/render/report-layout.js';
import { readTerminalCapabilities } from '../diagnosis/render/terminal-capabilities.js';
import { muteNestLogger, nestLoggerKind } from './nest-logger.js';

const TERMINATION_LOG = '/dev/termination-log';
const STANDARD_ERROR = 2;
const MAX_WRITES = 200;
const WRITE_AGAIN_MS = 5;
/** A registered symbol, so that `failBoot` of one copy of this library recognizes the errors of another. */
const BOOT_REPORT = Symbol.for('nestjs-cohere.boot-report');

type Variables = Readonly<Record<string, string | undefined>>;

/** The parts of a report besides the problems. */
export interface BootReportContext extends ReportOptions {
  /** The user's own call of `forRoot…`: `    at file:///app/app.module.ts:14:52` */
  readonly frame: string;
  readonly variables: Variables;
}

/** True if the operator asked for one JSON line in place of the report (`COHERE_BOOT_REPORT=json`). */
export function wantsJson(variables: Variables): boolean {
  return variables['COHERE_BOOT_REPORT']?.trim().toLowerCase() === 'json';
}

/**
 * Prepares a boot error so that its report reaches the operator exactly once. Nest, Node and most loggers print
 * `stack`: it is the report, and reading it counts as printing. If nothing has read it when the process ends - the
 * logger is off, or prints only the message - it is written to standard error.
 */
export function withBootReport<E extends DiagnosedError>(error: E, context: BootReportContext): E {
  const report = new BootReport(error, context);
  Object.defineProperty(error, BOOT_REPORT, { value: report, configurable: true });
  Object.defineProperty(error, 'stack', {
    get: () => report.read(),
    set: (value: unknown) => {
      Object.defineProperty(error, 'stack', { value, configurable: true, writable: true });
    },
    configurable: true,
    enumerable: false,
  });
  // Nest 11 uses it to print an error as JSON, without the stack.
  Object.defineProperty(error, 'toJSON', {
    value: () => report.toRecord(),
    configurable: true,
    writable: true,
    enumerable: false,
  });
  Object.defineProperty(error, 'toString', {
    value: () => report.read(),
    configurable: true,
    writable: true,
    enumerable: false,
  });
  report.writeTerminationLog();
  report.watch();
  return error;
}

/**
 * Returns the report of a boot error for printing; empty if it has been printed, `undefined` for an error that is not
 * from the boot.
 */
export function takeBootReport(error: DiagnosedError): string | undefined {
  const report: unknown = Reflect.get(error, BOOT_REPORT);
  return isTakeable(report) ? report.take() : undefined;
}

/** Returns the report for standard error, for a terminal or in plain text. */
export function renderForStandardError(
  problems: readonly Diagnosis[],
  variables: Variables,
  options: ReportOptions = {},
): string {
  return process.stderr.isTTY
    ? renderTerminal(problems, readTerminalCapabilities(process.stderr, variables), options)
    : renderReport(problems, options);
}

/** Reports that nothing has read. Nest stops at the first of several failing instances, so only one is written. */
const unread = new Set<BootReport>();

class BootReport {
  readonly #error: DiagnosedError;
  readonly #problems: readonly Diagnosis[];
  readonly #context: BootReportContext;
  readonly #isJson: boolean;
  #shown = false;
  #printedByNode = false;
  /** True if an uncaught-error handler of the app received it. */
  #isUncaught = false;
  #annotated = false;
  /** True once printed; `stack` is then one line. */
  #printed = false;

  constructor(error: DiagnosedError, context: BootReportContext) {
    this.#error = error;
    this.#problems = problemsOf(error);
    this.#context = context;
    this.#isJson = wantsJson(context.variables);
  }

  /** Returns the value of `stack`. */
  read(): string {
    const { frame } = this.#context;
    if (this.#printed || this.#isJson) {
      return `${this.#error.code}  ${this.#error.message}\n${frame}`;
    }
    this.#show();
    this.#shortenLater();
    const isForTerminal = this.#printedByNode || nestLoggerKind() === 'text';
    const report = isForTerminal && process.stderr.isTTY ? this.#forTerminal() : this.#plain();
    return `${report}\n\n${frame}`;
  }

  /** Returns the record that a JSON logger prints. */
  toRecord(): object {
    if (nestLoggerKind() === 'json') {
      this.#show();
      this.#shortenLater();
    }
    const { name, diagnosis } = this.#error;
    const { instance, checkCommand, frame } = this.#context;
    return {
      name,
      instance,
      ...diagnosis,
      problems: this.#problems.length === 1 ? undefined : inReportOrder(this.#problems),
      check: checkCommand,
      more: `npx nestjs-cohere explain ${diagnosis.code}`,
      at: frame.trim(),
    };
  }

  /** Printing one error reads its stack several times, but in one go; later readers get one line. */
  #shortenLater(): void {
    queueMicrotask(() => {
      this.#printed = true;
    });
  }

  /** Returns the report if it has not been printed yet; the caller prints it and ends the process. */
  take(): string {
    if (this.#shown) {
      this.#annotate();
      return '';
    }
    this.#show();
    this.#printed = true;
    this.#annotate();
    const { variables, frame } = this.#context;
    return this.#isJson
      ? `${renderJson(this.#problems, this.#options)}\n`
      : `\n${renderForStandardError(this.#problems, variables, this.#options)}\n\n${frame}\n`;
  }

  writeTerminationLog(): void {
    writeQuietly(() => {
      const path = this.#context.variables['COHERE_TERMINATION_LOG'] ?? TERMINATION_LOG;
      if (existsSync(path)) {
        appendFileSync(path, renderTerminationLog(this.#problems, this.#options));
      }
    });
  }

  /**
   * Waits until the next turn of the event loop, before which Nest or Node ends the process over an uncaught error.
   * On exit, writes the report if nothing has printed it, and sets the exit code of the diagnosis.
   */
  watch(): void {
    unread.add(this);
    const unmute = this.#isJson ? muteNestLogger(this.#error) : undefined;
    const onUncaught = (error: unknown) => this.#beforeNodePrints(error);
    const onExit = (exitCode: number) => this.#beforeExit(exitCode);
    process.on('uncaughtExceptionMonitor', onUncaught);
    process.on('exit', onExit);
    setImmediate(() => {
      process.off('uncaughtExceptionMonitor', onUncaught);
      process.off('exit', onExit);
      unmute?.();
      if ((this.#isJson || this.#isUncaught) && unread.has(this)) {
        writeToStandardError(this.take());
      }
      unread.delete(this);
    });
  }

  #beforeNodePrints(error: unknown): void {
    // A handler of the app replaces Node's, and may print anything or nothing.
    if (error !== this.#error || process.listenerCount('uncaughtException') > 0) {
      this.#isUncaught ||= error === this.#error;
      return;
    }
    if (this.#isJson) {
      // Only the JSON line is wanted; Node would add a code frame.
      process.exit(1);
    }
    this.#printedByNode = true;
    this.#show();
  }

  #beforeExit(exitCode: number): void {
    if (unread.has(this)) {
      writeToStandardError(this.take());
    }
    if (this.#shown) {
      this.#annotate();
    }
    if (exitCode === 1) {
      process.exitCode = this.#error.diagnosis.exitCode;
    }
  }

  /** Annotates once, and only when the process ends: a test that expects a failing boot must not mark its workflow. */
  #annotate(): void {
    if (!this.#annotated && this.#context.variables['GITHUB_ACTIONS'] === 'true') {
      this.#annotated = true;
      writeToStandardError(`${renderGithubAnnotation(this.#problems, this.#options)}\n`);
    }
  }

  #show(): void {
    this.#shown = true;
    unread.clear();
  }

  get #options(): ReportOptions {
    const { instance, checkCommand } = this.#context;
    return { instance, checkCommand };
  }

  #plain(): string {
    return renderReport(this.#problems, this.#options);
  }

  /** Starts a new line, because Nest prefixes time and process id. */
  #forTerminal(): string {
    const capabilities = readTerminalCapabilities(process.stderr, this.#context.variables);
    return `\n${renderTerminal(this.#problems, capabilities, this.#options)}`;
  }
}

function isTakeable(value: unknown): value is { take(): string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'take' in value &&
    typeof value.take === 'function'
  );
}

/** Writes synchronously: standard error may be a pipe with a slow reader, and the process is about to end. */
function writeToStandardError(text: string): void {
  writeQuietly(() => {
    let bytes: Uint8Array = Buffer.from(text);
    for (let attempt = 0; bytes.length > 0 && attempt < MAX_WRITES; attempt += 1) {
      bytes = bytes.subarray(writeSome(bytes));
    }
  });
}

function writeSome(bytes: Uint8Array): number {
  try {
    return writeSync(STANDARD_ERROR, bytes);
  } catch (error) {
    if (readString(error, 'code') !== 'EAGAIN') {
      throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_AGAIN_MS);
    return 0;
  }
}

/** Runs a write whose failure must not hide the boot failure. */
function writeQuietly(write: () => void): void {
  try {
    write();
  } catch {
    // The error with the report is thrown anyway.
  }
}

const UNKNOWN_FRAME = '    at CohereModule (the frame of the call is not known)';

/** Captures the call site of `forRoot…`; the stack is formatted only when `frame` is read. */
export class CallSite {
  readonly instance: string | undefined;
  readonly #trace: { stack?: string } = {};

  /**
   * @param calledFunction captures the frame directly above this function
   * @param instance the `name` given there, which may have any type
   */
  // oxlint-disable-next-line typescript/no-unsafe-function-type -- the type of captureStackTrace
  constructor(calledFunction: Function, instance?: unknown) {
    this.instance = typeof instance === 'string' ? instance : undefined;
    Error.captureStackTrace(this.#trace, calledFunction);
  }

  /** `    at file:///app/app.module.ts:14:52` */
  get frame(): string {
    return this.#trace.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? UNKNOWN_FRAME;
  }
}

/**
 * Returns a boot error with its report, which names the instance and its call of `forRoot…`.
 *
 * @param variable the environment variable of the key, if any
 */
export function bootFailure<E extends DiagnosedError>(
  error: E,
  { frame, instance }: CallSite,
  variable?: string,
): E {
  const checkCommand = doctorCommand(variable);
  return withBootReport(error, { frame, instance, checkCommand, variables: process.env });
}
