import type { DiagnosisCode } from '../diagnosis-code.js';
import type { Diagnosis } from '../diagnosis.interface.js';

// Registered, so that two copies of this library in one tree recognise each other's errors.
const BRAND = Symbol.for('nestjs-cohere.error');

/** Marks a class as one of ours; its own instances and those of its twins in other copies carry the name. */
export function brandError(errorClass: { readonly prototype: object }, name: string): void {
  Object.defineProperty(errorClass.prototype, BRAND, { value: name });
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true });
}

/**
 * Base of every error this library throws. `message` is the diagnosis' title, `diagnosis` the whole
 * record. It has no enumerable properties and no `cause`, because both would be printed, and what
 * stands behind an HTTP error can hold a key.
 *
 * @example
 * ```ts
 * catch (error) {
 *   if (error instanceof DiagnosedError && error.diagnosis.retryable) { … }
 * }
 * ```
 * @publicApi
 */
export abstract class DiagnosedError extends Error {
  readonly #diagnosis: Diagnosis;

  constructor(diagnosis: Diagnosis) {
    super(diagnosis.title);
    this.#diagnosis = diagnosis;
  }

  get diagnosis(): Diagnosis {
    return this.#diagnosis;
  }

  get code(): DiagnosisCode {
    return this.diagnosis.code;
  }

  toJSON(): Diagnosis & { readonly name: string } {
    return { name: this.name, ...this.diagnosis };
  }

  static override [Symbol.hasInstance](
    this: { readonly prototype: object },
    value: unknown,
  ): boolean {
    const name = Object.getOwnPropertyDescriptor(this.prototype, BRAND)?.value;
    if (name === undefined) {
      return Function.prototype[Symbol.hasInstance].call(this, value);
    }
    for (let link: unknown = value; isObject(link); link = Object.getPrototypeOf(link)) {
      if (Object.getOwnPropertyDescriptor(link, BRAND)?.value === name) {
        return true;
      }
    }
    return false;
  }
}
brandError(DiagnosedError, 'DiagnosedError');

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
