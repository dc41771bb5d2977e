import Joi from 'joi';
import { isApiKeyOption } from './api-key/api-key-option.js';
import { normalizeBaseUrl } from './base-url.js';
import { findQuotationMarks } from './quotation-marks.js';
import type { Setting, SettingRule } from './settings.js';

/** The Joi error code, never shown: the message comes from the rule. */
const INVALID = 'any.invalid';
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

// Set by the transport for every request, or refused by undici.
const OWN_HEADER =
  /^(?:accept-encoding|connection|content-(?:encoding|length|type)|expect|host|keep-alive|transfer-encoding|upgrade)$/;
/** Headers with a meaning in HTTP, proxies or this module, which cannot carry the key. */
const NOT_FOR_KEYS =
  /^(?:accept|accept-.*|content-.*|cookie|date|forwarded|origin|proxy-.*|range|referer|te|trailer|user-agent|via|x-client-name|x-forwarded-.*)$/;

/** Returns the reason why a header cannot be sent with every request, without its value; `undefined` if it can. */
function headerDefect(name: string, value: unknown, keyHeader: unknown): string | undefined {
  if (name.toLowerCase() === keyHeader) {
    return 'it contains the API key and is set by the module';
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

/** Normalizes the name of the key's header; `undefined` if it is invalid, or HTTP needs it. */
export function keyHeaderName(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  const isTaken = OWN_HEADER.test(name) || NOT_FOR_KEYS.test(name);
  return HEADER_NAME.test(name) && !isTaken && findQuotationMarks(name) === undefined
    ? name
    : undefined;
}

const CONTROL_CHARACTER = /[\p{Cc}\u2028\u2029]/u;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

function isPlainText(text: string): boolean {
  const trimmed = text.trim();
  return (
    trimmed !== '' && !CONTROL_CHARACTER.test(trimmed) && findQuotationMarks(trimmed) === undefined
  );
}

/** Returns the schema of one rule. It converts only texts to numbers, unless `convert` is off. */
function ruleSchema(rule: SettingRule): Joi.Schema {
  switch (rule.kind) {
    case 'integer':
      return range(Joi.number().integer(), rule);
    case 'number':
      return range(Joi.number(), rule);
    case 'choice':
      return Joi.string().valid(...rule.values);
    case 'baseUrl':
      return Joi.string().custom((text: string, helpers) => {
        const address = normalizeBaseUrl(text);
        return 'url' in address
          ? text
          : helpers.error(INVALID, { reason: address.wrong, step: address.step });
      });
    case 'text':
      return textThat(isPlainText);
    case 'ascii':
      return textThat((text) => text.trim() !== '' && PRINTABLE_ASCII.test(text));
    case 'headerName':
      return textThat((text) => keyHeaderName(text) !== undefined);
    case 'boolean':
      return Joi.boolean();
    case 'headers':
      return headers();
    case 'apiKey':
      return valueThat(isApiKeyOption);
    case 'custom':
      return valueThat(rule.isValid);
    default:
      return rule satisfies never;
  }
}

/** A value with a rule: a setting, or an argument of a call. */
export type Ruled = Pick<Setting, 'rule' | 'required'>;

const SCHEMAS = new WeakMap<Ruled, Joi.Schema>();

/** Returns the schema of a setting or an argument, built once: for options, variables and calls. */
export function schemaOf(setting: Ruled): Joi.Schema {
  const known = SCHEMAS.get(setting);
  if (known !== undefined) {
    return known;
  }
  const schema = ruleSchema(setting.rule);
  const complete = setting.required === true ? schema.required() : schema;
  SCHEMAS.set(setting, complete);
  return complete;
}

/** One defect of a value. */
export interface SettingDefect {
  /** The header, if one of `headers` is invalid. */
  readonly header?: string | undefined;
  /** The reason, if the rule does not explain it. */
  readonly reason?: string | undefined;
  /** The step that corrects it, if the value shows it. */
  readonly step?: string | undefined;
}

export type CheckedSetting =
  | { readonly value: unknown; readonly defects?: undefined }
  | { readonly defects: readonly SettingDefect[] };

/** Checks a value by the schema of its setting. */
export function checkSetting(
  setting: Setting,
  value: unknown,
  { convert, keyHeader }: { readonly convert: boolean; readonly keyHeader: unknown },
): CheckedSetting {
  // Passed to each validation, because `prefs()` makes Joi build the schema of its own preferences, which is slow.
  const preferences = {
    convert,
    abortEarly: setting.rule.kind !== 'headers',
    context: { keyHeader },
  };
  const { error, value: converted } = schemaOf(setting).validate(value, preferences);
  return error === undefined
    ? { value: converted }
    : {
        defects: error.details.map(({ path: [header], context }) => ({
          header: header === undefined ? undefined : String(header),
          reason: textOf(context?.['reason']),
          step: textOf(context?.['step']),
        })),
      };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function headers(): Joi.Schema {
  return (
    Joi.object()
      .pattern(
        Joi.any(),
        Joi.any().custom((value: unknown, helpers) => {
          const name = String(helpers.state.path?.at(-1));
          const reason = headerDefect(name, value, helpers.prefs.context?.['keyHeader']);
          return reason === undefined ? value : helpers.error(INVALID, { reason });
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

function range(
  schema: Joi.NumberSchema,
  { min, max }: { readonly min: number; readonly max?: number | undefined },
): Joi.Schema {
  return max === undefined ? schema.min(min).unsafe() : schema.min(min).max(max);
}

function valueThat(isValid: (value: unknown) => boolean): Joi.Schema {
  return Joi.any().custom((value: unknown, helpers) =>
    isValid(value) ? value : helpers.error(INVALID),
  );
}

function textThat(isValid: (text: string) => boolean): Joi.Schema {
  return Joi.string().custom((text: string, helpers) =>
    isValid(text) ? text : helpers.error(INVALID),
  );
}
