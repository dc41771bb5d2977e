import { appendFileSync, existsSync, writeSync } from 'node:fs';
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

// Not the global one, which tests replace by fake timers.

const TERMINATION_LOG = '/dev/termination-log';
const STANDARD_ERROR = 2;
const MAX_WRITES = 200;
const WRITE_AGAIN_MS = 5;
/** Registered, so that `failBoot` of one copy of this library knows the errors of another. */
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
 * Prepares an error for being thrown out of the boot, so that its report reaches the operator exactly once.
 * Nest, Node and most loggers print `stack`: it is the report, and reading it counts as printing. What
 * no one has read when the process ends - the logger is off, or prints the message alone - goes to
 * standard error.
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
  // Nest 11 prints an error as JSON by it, and does not read the stack.
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
 * The report of an error that came out of the boot, for the code that prints it next; empty when the operator has
 * seen it, `undefined` when the error did not come out of the boot.
 */
export function takeBootReport(error: DiagnosedError): string | undefined {
  const report: unknown = Reflect.get(error, BOOT_REPORT);
  return isTakeable(report) ? report.take() : undefined;
}

/** The report for standard error: for a terminal, or in plain text. */
export function renderForStandardError(
  problems: readonly Diagnosis[],
  variables: Variables,
  options: ReportOptions = {},
): string {
  return process.stderr.isTTY
    ? renderTerminal(problems, readTerminalCapabilities(process.stderr, variables), options)
    : renderReport(problems, options);
}

/** Nest gives up on the first of several instances that fail; the others must not report after it. */
const unread = new Set<BootReport>();

class BootReport {
  readonly #error: DiagnosedError;
  readonly #problems: readonly Diagnosis[];
  readonly #context: BootReportContext;
  readonly #isJson: boolean;
  #shown = false;
  #printedByNode = false;
  /** A handler of the app's for uncaught errors has it. */
  #isUncaught = false;
  #annotated = false;
  /** From here on `stack` is one line. */
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

  /** The report, if it has not been printed yet; the caller prints it and ends the process. */
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
   * Until the event loop turns, which is after Nest or Node has ended the process over an error that the app
   * does not catch: writes what has not been printed, and ends with the exit code of the diagnosis.
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
    // A handler of the app's takes the place of Node, and may print anything or nothing.
    if (error !== this.#error || process.listenerCount('uncaughtException') > 0) {
      this.#isUncaught ||= error === this.#error;
      return;
    }
    if (this.#isJson) {
      // One JSON line was asked for; Node would add its frame of code.
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

  /** Once, and only where the process ends: a test that expects a boot to fail is no failure of its workflow. */
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

  /** Begins a line of its own: Nest writes time and process id in front. */
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

/** Standard error may be a pipe whose reader is behind; the process is about to end, so this waits for it. */
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

/** A log that cannot be written must never hide the failure itself. */
function writeQuietly(write: () => void): void {
  try {
    write();
  } catch {
    // The report is still thrown.
  }
}

const UNKNOWN_FRAME = '    at CohereModule (the frame of the call is not known)';

/** Remembers where the user registered an instance of the module; the stack is only formatted when `frame` is read. */
export class CallSite {
  readonly instance: string | undefined;
  readonly #trace: { stack?: string } = {};

  /**
   * @param calledFunction the frame directly above this function is remembered
   * @param instance the `name` that was given there, which may be anything at all
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
