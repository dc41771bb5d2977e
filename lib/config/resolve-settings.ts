import { inspect } from 'node:util';
import { normalizeBaseUrl, RERANK_PATH } from './base-url.js';
import type { CohereSettings } from './resolved-configuration.interface.js';
import { type CohereModuleOptions, type Setting, type SettingRule, SETTINGS } from './settings.js';
import {
  ALL_PROBLEMS_AS_GIVEN,
  COMPLETE_SCHEMA,
  keyHeaderName,
  namesWithin,
  OPTION_NAMES,
  shorthandOf,
  type VariableValues,
} from './settings.schema.js';

const ROWS = Object.entries<Setting>(SETTINGS);

/** Options win over the environment, and that over the defaults. Both have been checked. */
export function resolveSettings(
  options: CohereModuleOptions,
  variables: VariableValues,
): CohereSettings {
  const given = optionsBySetting(options);
  const found = new Map(
    ROWS.flatMap(([name, { rule, variable = '', default: usual }]) => {
      const value = given.get(name) ?? variables[variable] ?? usual;
      return value === undefined ? [] : [[name, normalize(rule, value)]];
    }),
  );
  const { error, value } = COMPLETE_SCHEMA.validate(grouped(found), {
    ...ALL_PROBLEMS_AS_GIVEN,
    context: { keyHeader: keyHeaderOf(options, variables) },
  });
  if (error !== undefined) {
    // Joi's own error holds every value.
    throw new TypeError(`not checked: ${error.details.map(({ path }) => path.join('.')).join()}`);
  }
  const baseUrl = given.get('baseUrl') ?? variables['COHERE_BASE_URL'];
  const address = normalizeBaseUrl(typeof baseUrl === 'string' ? baseUrl : value.baseUrl);
  return {
    ...value,
    headers: uninspected({ ...value.headers }),
    rerankPath: 'url' in address ? address.rerankPath : RERANK_PATH,
  };
}

/** The header of the key in lower case; where the setting is wrong, that of the default. */
export function keyHeaderOf(options: CohereModuleOptions, variables: VariableValues): string {
  const name: unknown = options.apiKeyHeader ?? variables['COHERE_API_KEY_HEADER'];
  return (
    (typeof name === 'string' ? keyHeaderName(name) : undefined) ?? SETTINGS.apiKeyHeader.default
  );
}

/** The variables that an option makes meaningless: what they hold must not stop the boot. */
export function variablesOverriddenBy(options: CohereModuleOptions): string[] {
  const given = optionsBySetting(options);
  return ROWS.flatMap(([name, { variable }]) =>
    variable !== undefined && given.has(name) ? [variable] : [],
  );
}

/** `startupCheck: 'model'` as `startupCheck.mode`; without what is left out. */
function optionsBySetting(options: CohereModuleOptions): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(options)
      .flatMap(([name, value]): [string, unknown][] => {
        if (namesWithin(name).length === 0) {
          return [[name, value]];
        }
        if (typeof value !== 'object' || value === null) {
          const shorthand = shorthandOf(name);
          return shorthand === undefined ? [] : [[shorthand.name, value]];
        }
        return Object.entries(value).map(([inner, content]) => [`${name}.${inner}`, content]);
      })
      .filter(([, value]) => value !== undefined),
  );
}

function grouped(found: ReadonlyMap<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    OPTION_NAMES.flatMap((name): [string, unknown][] => {
      const inner = namesWithin(name).flatMap((within): [string, unknown][] => {
        const value = found.get(`${name}.${within}`);
        return value === undefined ? [] : [[within, value]];
      });
      if (inner.length > 0) {
        return [[name, Object.fromEntries(inner)]];
      }
      return found.has(name) && name !== 'apiKey' ? [[name, found.get(name)]] : [];
    }),
  );
}

function normalize({ kind }: SettingRule, value: unknown): unknown {
  if (kind === 'baseUrl' && typeof value === 'string') {
    const address = normalizeBaseUrl(value);
    return 'url' in address ? address.url : value;
  }
  if (kind === 'headerName' && typeof value === 'string') {
    return keyHeaderName(value);
  }
  if (kind === 'text' && typeof value === 'string') {
    return value.trim();
  }
  return value;
}

/** Nest's container can be printed, and a header may hold a token of a gateway. */
export function uninspected<T extends object>(headers: T): T {
  return Object.defineProperty(headers, inspect.custom, {
    value: () => '[headers, not shown]',
    enumerable: false,
  });
}
