import Joi from 'joi';
import { settingSchema } from './setting.schema.js';
import { SETTINGS, type SettingRule } from './settings.js';

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
