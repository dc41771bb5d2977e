import Joi from 'joi';
import { trimKey } from './api-key-lint.js';

const KEY_VARIABLES = ['COHERE_API_KEY', 'CO_API_KEY'];

/**
 * Joi's own ValidationError carries the whole environment in `_original` and the offending value in
 * every detail's context. This one says the same - message, path, type, label - and holds neither.
 */
export function secretlessError(reports: Joi.ErrorReport[]): Joi.ValidationError {
  const secrets = reports.flatMap(secretsIn);
  const details = reports.map((report) => ({
    message: withoutSecrets(report.toString(), secrets),
    path: report.path.filter((segment) => typeof segment !== 'object'),
    type: report.code,
    context: safeContext(report.local, secrets),
  }));
  const messages = [...new Set(details.map(({ message }) => message))];
  const message = messages.reduce((one, other) => `${one}${one.endsWith('.') ? '' : '.'} ${other}`);
  return new Joi.ValidationError(message, details, undefined);
}

/** The key as it stands in the object that was validated. */
function secretsIn(report: Joi.ErrorReport): string[] {
  const ancestors: unknown = report.state.ancestors;
  const root: unknown =
    Array.isArray(ancestors) && ancestors.length > 0 ? ancestors.at(-1) : report.value;
  if (typeof root !== 'object' || root === null) {
    return [];
  }
  return KEY_VARIABLES.flatMap((name) => {
    const value: unknown = Reflect.get(root, name);
    return typeof value === 'string' && trimKey(value) !== '' ? [trimKey(value)] : [];
  });
}

function safeContext(local: Joi.Context, secrets: readonly string[]): Joi.Context {
  const entries = Object.entries(local).flatMap(([name, value]): [string, unknown][] => {
    if (typeof value === 'string') {
      return [[name, withoutSecrets(value, secrets)]];
    }
    return isHarmless(value) ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}

/** Whole objects - the environment itself, nested errors - stay out. */
function isHarmless(value: unknown): boolean {
  return Array.isArray(value)
    ? value.every((item) => typeof item !== 'object' && typeof item !== 'string')
    : typeof value === 'number' || typeof value === 'boolean' || value instanceof RegExp;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[not shown]'), text);
}
