import Joi from 'joi';
import { isApiKeyOption } from './api-key-option.js';
import type { CohereModuleOptions } from './cohere-module-options.interface.js';
import { headerDefect } from './header-fields.js';
import { settingSchema, valueThat } from './setting.schema.js';
import { SETTINGS, type SettingName } from './settings.js';

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
