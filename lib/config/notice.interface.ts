/** Unusual, but not wrong; to be logged. Never holds a secret. */
export interface Notice {
  readonly level: 'warn' | 'debug';
  readonly message: string;
}
