import Joi from 'joi';
import { isApiKeyOption } from './api-key/api-key-option.js';
import { normalizeBaseUrl } from './base-url.js';
import type { CohereSettings } from './resolved-configuration.interface.js';
import {
  type CohereModuleOptions,
  EXTRAS,
  type Setting,
  type SettingRule,
  SETTINGS,
} from './settings.js';

/** A code of Joi's, which is never shown: what to tell a person is made from the rule. */
const INVALID = 'any.invalid';
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

// Set by the transport for every request, or refused by undici.
const OWN_HEADER =
  /^(?:accept-encoding|connection|content-(?:encoding|length|type)|expect|host|keep-alive|transfer-encoding|upgrade)$/;
/** Headers that HTTP, proxies or this module give a meaning of their own, so that none can be the header of the key. */
const NOT_FOR_KEYS =
  /^(?:accept|accept-.*|content-.*|cookie|date|forwarded|origin|proxy-.*|range|referer|te|trailer|user-agent|via|x-client-name|x-forwarded-.*)$/;

/** Why a header cannot be sent with every request; `undefined` when it can. Never contains the value. */
export function headerDefect(name: string, value: unknown, keyHeader: string): string | undefined {
  if (name.toLowerCase() === keyHeader) {
    return `${keyHeader === 'authorization' ? 'Authorization' : keyHeader} contains the API key and is set by the module`;
  }
  if (OWN_HEADER.test(name.toLowerCase())) {
    return 'it describes the body or the connection and is set by the module';
  }
  if (!HEADER_NAME.test(name)) {
    return 'its name contains a character that no header name may have';
  }
  if (typeof value !== 'string') {
    return 'its value is not a string';
  }
  return HEADER_VALUE.test(value)
    ? undefined
    : 'its value contains a character that no header may have';
}

/** The name of a header that may contain the key; `undefined` when it is none, or HTTP needs it. */
export function keyHeaderName(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  return HEADER_NAME.test(name) && !OWN_HEADER.test(name) && !NOT_FOR_KEYS.test(name)
    ? name
    : undefined;
}

const CONTROL_CHARACTER = /[\p{Cc}\u2028\u2029]/u;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;
const BLANK = Joi.string().trim().valid('');

type Rows = readonly (readonly [name: string, setting: Setting])[];

/** The check of one setting. It says only whether. */
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
    case 'headers':
      return headers();
    case 'headerName':
      return textThat((text) => keyHeaderName(text) !== undefined);
    case 'apiKey':
      return valueThat(isApiKeyOption);
    case 'object':
      return valueThat(rule.isRight);
    default:
      return rule satisfies never;
  }
}

/** The environment variables but the key. Texts become numbers where a number is meant; nothing else changes. */
export const VARIABLES: Readonly<Record<string, Joi.Schema>> = Object.fromEntries(
  Object.values<Setting>(SETTINGS).flatMap(({ rule, variable }) =>
    variable === undefined || rule.kind === 'apiKey'
      ? []
      : // `COHERE_TIMEOUT_MS=` in a .env file, or ${COHERE_TIMEOUT_MS:-} in Compose, means: not set.
        [[variable, settingSchema(rule).empty(BLANK)]],
  ),
);

export type VariableValues = Readonly<Record<string, unknown>>;

/**
 * How the schemas below are meant. Given with each validation: `prefs()` makes Joi build the schema of its
 * own preferences, which takes a boot longer than all of ours.
 */
export const ALL_PROBLEMS = { abortEarly: false, allowUnknown: true } as const;
export const ALL_PROBLEMS_AS_GIVEN = { abortEarly: false, convert: false } as const;

export const VARIABLES_SCHEMA = Joi.object<VariableValues, false, VariableValues>(VARIABLES);

const OPTION_SCHEMAS = optionSchemas(Object.entries<Setting>(SETTINGS));

/** The options as code gives them: types are not converted, and unknown names are mistakes. */
export const OPTIONS_SCHEMA = Joi.object<CohereModuleOptions, false, CohereModuleOptions>(
  OPTION_SCHEMAS,
);

/** The settings once options, environment and defaults have been put together; the key is not among them. */
export const COMPLETE_SCHEMA = Joi.object<CohereSettings, false, CohereSettings>(OPTION_SCHEMAS);

export const EXTRAS_SCHEMA = Joi.object(optionSchemas(Object.entries<Setting>(EXTRAS)));

/** The names on the first level: `startupCheck`, not `startupCheck.mode`. */
export const OPTION_NAMES: readonly string[] = groupNames(Object.keys(SETTINGS));

/** The names inside a group of options; none for an option that is not a group. */
export function namesWithin(group: string): readonly string[] {
  return Object.keys(SETTINGS).flatMap((name) =>
    name.startsWith(`${group}.`) ? [name.slice(group.length + 1)] : [],
  );
}

/** The setting that may stand for its whole group: `startupCheck.mode` for `startupCheck: 'model'`. */
export function shorthandOf(
  group: string,
): { readonly name: string; readonly setting: Setting } | undefined {
  const row = Object.entries<Setting>(SETTINGS).find(
    ([name, { isShorthand }]) => isShorthand === true && name.startsWith(`${group}.`),
  );
  return row === undefined ? undefined : { name: row[0], setting: row[1] };
}

function optionSchemas(rows: Rows): Record<string, Joi.Schema> {
  return Object.fromEntries(
    groupNames(rows.map(([name]) => name)).map((name) => {
      const own = rows.find(([row]) => row === name);
      return [name, own === undefined ? groupSchema(name, rows) : rowSchema(own[1])];
    }),
  );
}

function groupSchema(group: string, rows: Rows): Joi.Schema {
  const inner = rows.filter(([name]) => name.startsWith(`${group}.`));
  const shorthand = shorthandOf(group);
  return Joi.alternatives().conditional(Joi.object(), {
    // oxlint-disable-next-line unicorn/no-thenable -- Joi's own word
    then: Joi.object(
      Object.fromEntries(
        inner.map(([name, setting]) => [name.slice(group.length + 1), rowSchema(setting)]),
      ),
    ),
    otherwise: shorthand === undefined ? Joi.object() : settingSchema(shorthand.setting.rule),
  });
}

function rowSchema({ rule, required }: Setting): Joi.Schema {
  const schema = settingSchema(rule);
  return required === true ? schema.required() : schema;
}

function groupNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.split('.')[0] ?? name))];
}

function headers(): Joi.Schema {
  return (
    Joi.object()
      .pattern(
        Joi.any(),
        Joi.any().custom((value: unknown, helpers) => {
          const name = String(helpers.state.path?.at(-1));
          const keyHeader = String(helpers.prefs.context?.['keyHeader']);
          return headerDefect(name, value, keyHeader) === undefined
            ? value
            : helpers.error(INVALID);
        }),
      )
      // A Map or Headers would pass as an object without any header.
      .custom((value: object, helpers) =>
        [Object.prototype, null].includes(Object.getPrototypeOf(value))
          ? value
          : helpers.error(INVALID),
      )
  );
}

function valueThat(isRight: (value: unknown) => boolean): Joi.Schema {
  return Joi.any().custom((value: unknown, helpers) =>
    isRight(value) ? value : helpers.error(INVALID),
  );
}

function textThat(isRight: (text: string) => boolean): Joi.Schema {
  return Joi.string().custom((text: string, helpers) =>
    isRight(text) ? text : helpers.error(INVALID),
  );
}
