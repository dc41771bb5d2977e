import { ConsoleLogger, Logger } from '@nestjs/common';

const REPORTED = Symbol.for('nestjs-cohere.reported');

/** Remembers on the error itself that the operator has already been shown it, so that nobody prints it twice. */
export function markReported<E extends object>(error: E): E {
  return Object.defineProperty(error, REPORTED, { value: true, configurable: true });
}

export function hasBeenReported(error: object): boolean {
  return Object.getOwnPropertyDescriptor(error, REPORTED)?.value === true;
}

/** Asks Nest's logger, whose state only its subclasses can see. */
class NestLogger extends Logger {
  static printsErrorsOfProviders(): boolean {
    return Logger.staticInstanceRef instanceof ConsoleLogger && Logger.isLevelEnabled('error');
  }
}

/** Whether Nest's ExceptionHandler is about to print what a provider factory throws. */
export function nestPrintsErrorsOfProviders(): boolean {
  return NestLogger.printsErrorsOfProviders();
}
