import Joi from 'joi';
import { isApiKeyOption } from './api-key/api-key-option.js';
import { normalizeBaseUrl } from './base-url.js';
import type { CohereModuleOptions } from './cohere-module-options.interface.js';
import { type SettingName, type SettingRule, SETTINGS } from './settings.js';

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

// Set by the transport for every request, or refused by undici.
const OWN_FIELDS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** Why a header cannot be sent with every request; `undefined` when it can. Never holds the value. */
export function headerDefect(name: string, value: unknown): string | undefined {
  if (name.toLowerCase() === 'authorization') {
    return 'Authorization holds the API key and is set by the module';
  }
  if (OWN_FIELDS.has(name.toLowerCase())) {
    return 'it belongs to the connection, not to the request';
  }
  if (!NAME.test(name)) {
    return 'its name holds a character that no header name may have';
  }
  if (typeof value !== 'string') {
    return 'its value is not a string';
  }
  return VALUE.test(value) ? undefined : 'its value holds a character that no header may have';
}

const CONTROL_CHARACTER = /[\p{Cc}\u2028\u2029]/u;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** The check of one setting. It says only whether: what to tell a person is made from the rule. */
export function settingSchema(rule: SettingRule): Joi.Schema {
  switch (rule.kind) {
    case 'integer':
      return Joi.number().integer().min(rule.min).max(rule.max);
    case 'choice':
      return Joi.string().valid(...rule.values);
    case 'baseUrl':
      return textThat((text) => 'url' in normalizeBaseUrl(text));
    case 'text':
      return textThat((text) => text.trim() !== '' && !CONTROL_CHARACTER.test(text.trim()));
    case 'ascii':
      return textThat((text) => text.trim() !== '' && PRINTABLE_ASCII.test(text));
    case 'boolean':
      return Joi.boolean();
    case 'dispatcher':
      return valueThat(
        (value) =>
          typeof value === 'object' &&
          value !== null &&
          'dispatch' in value &&
          typeof value.dispatch === 'function',
      );
    default:
      return rule satisfies never;
  }
}

export function valueThat(isRight: (value: unknown) => boolean): Joi.Schema {
  return Joi.any().custom((value: unknown, helpers) =>
    isRight(value) ? value : helpers.error('any.invalid'),
  );
}

function textThat(isRight: (text: string) => boolean): Joi.Schema {
  return Joi.string().custom((text: string, helpers) =>
    isRight(text) ? text : helpers.error('any.invalid'),
  );
}

const BLANK = Joi.string().trim().valid('');

// `COHERE_TIMEOUT_MS=` in a .env file, or ${COHERE_TIMEOUT_MS:-} in Compose, means: not set.
function variable(rule: SettingRule): Joi.Schema {
  return settingSchema(rule).empty(BLANK);
}

/** What the environment says once it has been checked. */
export interface VariableValues {
  readonly COHERE_BASE_URL?: string;
  readonly COHERE_RERANK_MODEL?: string;
  readonly COHERE_TIMEOUT_MS?: number;
  readonly COHERE_MAX_RETRIES?: number;
  readonly COHERE_CONCURRENCY?: number;
  readonly COHERE_STARTUP_CHECK?: (typeof SETTINGS)['startupCheck.mode']['rule']['values'][number];
  readonly COHERE_STARTUP_CHECK_TIMEOUT_MS?: number;
  readonly COHERE_STARTUP_CHECK_ON_UNREACHABLE?: (typeof SETTINGS)['startupCheck.onUnreachable']['rule']['values'][number];
}

/** The environment variables but the key. Texts become numbers where a number is meant; nothing else changes. */
export const VARIABLES = {
  COHERE_BASE_URL: variable(SETTINGS.baseUrl.rule),
  COHERE_RERANK_MODEL: variable(SETTINGS.model.rule),
  COHERE_TIMEOUT_MS: variable(SETTINGS.timeoutMs.rule),
  COHERE_MAX_RETRIES: variable(SETTINGS.maxRetries.rule),
  COHERE_CONCURRENCY: variable(SETTINGS.concurrency.rule),
  COHERE_STARTUP_CHECK: variable(SETTINGS['startupCheck.mode'].rule),
  COHERE_STARTUP_CHECK_TIMEOUT_MS: variable(SETTINGS['startupCheck.timeoutMs'].rule),
  COHERE_STARTUP_CHECK_ON_UNREACHABLE: variable(SETTINGS['startupCheck.onUnreachable'].rule),
} as const satisfies Record<keyof VariableValues, Joi.Schema>;

export const VARIABLES_SCHEMA = Joi.object<VariableValues, false, VariableValues>(VARIABLES).prefs({
  abortEarly: false,
  allowUnknown: true,
});

export const KEY_VARIABLES = ['COHERE_API_KEY', 'COHERE_API_KEY_FILE'] as const;

function option(name: SettingName): Joi.Schema {
  return settingSchema(SETTINGS[name].rule);
}

const startupCheck = Joi.alternatives().conditional(Joi.object(), {
  // oxlint-disable-next-line unicorn/no-thenable -- Joi's own word
  then: Joi.object({
    mode: option('startupCheck.mode'),
    timeoutMs: option('startupCheck.timeoutMs'),
    onUnreachable: option('startupCheck.onUnreachable'),
  }),
  otherwise: option('startupCheck.mode'),
});

const headers = Joi.object()
  .pattern(
    Joi.any(),
    Joi.any().custom((value: unknown, helpers) => {
      const name = String(helpers.state.path?.at(-1));
      return headerDefect(name, value) === undefined ? value : helpers.error('any.invalid');
    }),
  )
  // A Map or Headers would pass as an object without any header.
  .custom((value: object, helpers) =>
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
      ? value
      : helpers.error('any.invalid'),
  );

/** The options as code gives them: types are not converted, and unknown names are mistakes. */
export const OPTIONS_SCHEMA = Joi.object<CohereModuleOptions, false, CohereModuleOptions>({
  apiKey: valueThat(isApiKeyOption),
  baseUrl: option('baseUrl'),
  model: option('model'),
  timeoutMs: option('timeoutMs'),
  maxRetries: option('maxRetries'),
  concurrency: option('concurrency'),
  maxDocumentsPerRequest: option('maxDocumentsPerRequest'),
  startupCheck,
  clientName: option('clientName'),
  headers,
  dispatcher: option('dispatcher'),
  captureContent: option('captureContent'),
}).prefs({ abortEarly: false, convert: false });

export const OPTION_NAMES = [
  'apiKey',
  'baseUrl',
  'model',
  'timeoutMs',
  'maxRetries',
  'concurrency',
  'maxDocumentsPerRequest',
  'startupCheck',
  'clientName',
  'headers',
  'dispatcher',
  'captureContent',
] as const satisfies readonly (keyof CohereModuleOptions)[];
