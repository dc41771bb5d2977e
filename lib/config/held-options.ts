import type { CohereModuleOptions } from './settings.js';

/** Options may hold the key as a string, and Nest's container can be printed; this cannot. */
export class HeldOptions {
  readonly #options: CohereModuleOptions;

  constructor(options: CohereModuleOptions) {
    this.#options = options;
  }

  unwrap(): CohereModuleOptions {
    return this.#options;
  }
}
