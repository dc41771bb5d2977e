import { invalidArgument, kindOf } from './invalid-argument.js';

interface Range {
  readonly min: number;
  readonly max?: number;
}

/** @throws InvalidRequestError unless the value is left out or a whole number within the range */
export function checkWholeNumber(name: string, value: unknown, range: Range): void {
  if (value !== undefined && !(Number.isInteger(value) && isWithin(value, range))) {
    throw invalidArgument(name, `a whole number ${describe(range)}`, kindOf(value));
  }
}

/** @throws InvalidRequestError unless the value is left out or a number within the range */
export function checkNumber(name: string, value: unknown, range: Range): void {
  if (value !== undefined && !isWithin(value, range)) {
    throw invalidArgument(name, `a number ${describe(range)}`, kindOf(value));
  }
}

function isWithin(value: unknown, { min, max = Infinity }: Range): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

function describe({ min, max }: Range): string {
  return max === undefined ? `from ${min} up` : `from ${min} to ${max}`;
}
