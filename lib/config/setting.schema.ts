import Joi from 'joi';
import { normalizeBaseUrl } from './base-url.js';
import type { SettingRule } from './settings.js';

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
