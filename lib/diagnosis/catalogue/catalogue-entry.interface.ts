/** Name of the error class that carries the codes of a group. */
export type DiagnosedErrorName =
  | 'AuthenticationError'
  | 'ConfigurationError'
  | 'InvalidRequestError'
  | 'RateLimitError'
  | 'QuotaError'
  | 'UnavailableError'
  | 'TimeoutError';

/** sysexits.h; an orchestrator can tell "change the configuration" from "a restart may help". */
export const EXIT_CODE = { configuration: 78, rejected: 77, unavailable: 69 } as const;

/** All that is known of one code before anything has happened. */
export interface CatalogueEntry {
  /** One line, used when the place that found the problem has nothing more exact to say. */
  readonly title: string;
  /** What the code means, in one or two sentences. */
  readonly meaning: string;
  /** What usually leads here, the most likely cause first. */
  readonly causes: readonly string[];
  /** Imperative steps, the most likely one first. */
  readonly fix: readonly string[];
  /** A shell command, or TypeScript with the emulator, that shows it; for docs/errors.md and `explain`. */
  readonly reproduce: string;
  readonly error: DiagnosedErrorName;
  readonly httpStatus: number;
  readonly retryable: boolean;
  readonly exitCode: (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
}
