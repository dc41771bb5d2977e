import { inspect } from 'node:util';
import { normalizeBaseUrl } from './base-url.js';
import { readSettings, type Variables } from './read-settings.js';
import type { CohereSettings } from './resolved-configuration.interface.js';
import {
  type CohereModuleOptions,
  namesWithin,
  OPTION_NAMES,
  type Setting,
  SETTINGS,
} from './settings.js';

type SettingValues = ReadonlyMap<string, unknown>;

/**
 * Returns the settings of valid options and variables.
 *
 * @throws TypeError when they are invalid; it contains no value
 */
export function resolveSettings(
  options: CohereModuleOptions,
  variables: Variables,
): CohereSettings {
  const { values, wrong } = readSettings(options, variables);
  if (wrong.length > 0) {
    throw new TypeError(`not valid: ${wrong.map(({ name }) => name).join()}`);
  }
  return toSettings(values);
}

/** Converts the settings to the form that the library uses: groups as objects, the address in its parts. */
export function toSettings(values: SettingValues): CohereSettings {
  const { baseUrl, headers, ...others } = grouped(values);
  const address = normalizeBaseUrl(typeof baseUrl === 'string' ? baseUrl : '');
  const settings = {
    ...others,
    ...('url' in address ? { baseUrl: address.url, rerankPath: address.rerankPath } : {}),
    headers: uninspected(typeof headers === 'object' ? { ...headers } : {}),
  };
  if (!isComplete(settings)) {
    throw new TypeError('a setting that has a default is missing');
  }
  return settings;
}

function grouped(values: SettingValues): Record<string, unknown> {
  return Object.fromEntries(
    OPTION_NAMES.filter((name) => name !== 'apiKey').flatMap((name): [string, unknown][] => {
      const inner = namesWithin(name)
        .map((within): [string, unknown] => [within, values.get(`${name}.${within}`)])
        .filter(([, value]) => value !== undefined);
      const value = inner.length > 0 ? Object.fromEntries(inner) : values.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const NAMES_WITH_DEFAULT = Object.entries<Setting>(SETTINGS).flatMap(
  ([name, { default: usual }]) => (usual === undefined ? [] : (name.split('.')[0] ?? name)),
);

function isComplete(settings: Record<string, unknown>): settings is CohereSettings {
  return NAMES_WITH_DEFAULT.every((name) => settings[name] !== undefined);
}

/** Hides the headers when Nest's container is printed: one may contain a token of a gateway. */
export function uninspected<T extends object>(headers: T): T {
  return Object.defineProperty(headers, inspect.custom, {
    value: () => '[headers, not shown]',
    enumerable: false,
  });
}
