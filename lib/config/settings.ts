/** What values a setting may have. */
export type SettingRule =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly unit?: string }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'baseUrl' }
  | { readonly kind: 'text' }
  | { readonly kind: 'ascii' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'dispatcher' };

export type SettingName =
  | 'baseUrl'
  | 'model'
  | 'timeoutMs'
  | 'maxRetries'
  | 'concurrency'
  | 'maxDocumentsPerRequest'
  | 'startupCheck.mode'
  | 'startupCheck.timeoutMs'
  | 'startupCheck.onUnreachable'
  | 'clientName'
  | 'captureContent'
  | 'dispatcher';

export interface Setting {
  readonly rule: SettingRule;
  readonly default?: string | number | boolean;
  /** The environment variable that fills it in when the option is left out. */
  readonly variable?: string;
}

export const STARTUP_CHECK_MODES = ['off', 'key', 'model', 'rerank'] as const;
export const ON_UNREACHABLE = ['warn', 'fail'] as const;

/** Every setting but the key and the headers: what it may be, where it comes from, and its default. */
export const SETTINGS = {
  baseUrl: {
    rule: { kind: 'baseUrl' },
    default: 'https://api.cohere.com',
    variable: 'COHERE_BASE_URL',
  },
  model: {
    rule: { kind: 'text' },
    default: 'rerank-v5.0-fast',
    variable: 'COHERE_RERANK_MODEL',
  },
  timeoutMs: {
    rule: { kind: 'integer', min: 1, max: 600_000, unit: 'milliseconds' },
    default: 10_000,
    variable: 'COHERE_TIMEOUT_MS',
  },
  maxRetries: {
    rule: { kind: 'integer', min: 0, max: 10 },
    default: 2,
    variable: 'COHERE_MAX_RETRIES',
  },
  concurrency: {
    rule: { kind: 'integer', min: 1, max: 1_000 },
    default: 16,
    variable: 'COHERE_CONCURRENCY',
  },
  'startupCheck.mode': {
    rule: { kind: 'choice', values: STARTUP_CHECK_MODES },
    default: 'key',
    variable: 'COHERE_STARTUP_CHECK',
  },
  'startupCheck.timeoutMs': {
    rule: { kind: 'integer', min: 1, max: 60_000, unit: 'milliseconds' },
    default: 3_000,
    variable: 'COHERE_STARTUP_CHECK_TIMEOUT_MS',
  },
  'startupCheck.onUnreachable': {
    rule: { kind: 'choice', values: ON_UNREACHABLE },
    default: 'warn',
    variable: 'COHERE_STARTUP_CHECK_ON_UNREACHABLE',
  },
  maxDocumentsPerRequest: { rule: { kind: 'integer', min: 1, max: 10_000 }, default: 1_000 },
  clientName: { rule: { kind: 'ascii' } },
  captureContent: { rule: { kind: 'boolean' }, default: false },
  dispatcher: { rule: { kind: 'dispatcher' } },
} as const satisfies Record<SettingName, Setting>;

/** Completes `NAME must be …`. */
export function mustBe(rule: SettingRule): string {
  switch (rule.kind) {
    case 'integer':
      return `a whole number from ${rule.min} to ${rule.max}`;
    case 'choice':
      return `one of ${rule.values.join(', ')}`;
    case 'baseUrl':
      return 'an http or https address without credentials, query or fragment';
    case 'text':
      return 'a text that is not blank, on one line';
    case 'ascii':
      return 'a text of printable ASCII characters';
    case 'boolean':
      return 'true or false';
    case 'dispatcher':
      return 'a Dispatcher of undici';
    default:
      return rule satisfies never;
  }
}
