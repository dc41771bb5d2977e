import type { Diagnosis } from '../diagnosis.interface.js';
import { brandError, DiagnosedError } from './diagnosed.error.js';

/**
 * One or more settings are wrong. Every problem of the configuration is in `problems`, not only the first.
 *
 * @publicApi
 */
export class ConfigurationError extends DiagnosedError {
  readonly #problems: readonly Diagnosis[];

  /** @param problems at least one; the first is the error's own `diagnosis` unless one is given */
  constructor(diagnosis: Diagnosis, problems: readonly Diagnosis[] = [diagnosis]) {
    super(diagnosis);
    this.#problems = problems;
  }

  get problems(): readonly Diagnosis[] {
    return this.#problems;
  }
}
brandError(ConfigurationError, 'ConfigurationError');
