import type { DiagnosisCode } from '../diagnosis-code.js';

/** One kind of network failure, known by the codes of Node, OpenSSL and undici. */
export interface NetworkRule {
  /** An asterisk at the end stands for any rest. */
  readonly codes: readonly string[];
  /** Where one code means several things; the text itself is never shown, since it can hold a key. */
  readonly says?: RegExp;
  /** COHERE_UNREACHABLE unless given. */
  readonly code?: DiagnosisCode;
  readonly title: string;
  /** What happened, as a clause after the name of the host. */
  readonly what: string;
  readonly fix: readonly string[];
  /** Whether it happens on the way to a proxy as well. */
  readonly reachesForHost?: true;
  readonly retryable?: boolean;
}
