import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { closestName } from './closest-name.js';
import type { CohereModuleOptions } from './cohere-module-options.interface.js';
import { describeValue } from './describe-value.js';
import { settingDiagnosis } from './setting-problem.js';
import { SETTINGS, type Setting, type SettingName } from './settings.js';
import { headerDefect, OPTION_NAMES, OPTIONS_SCHEMA } from './settings.schema.js';

const WHERE = 'an option of CohereModule';
// These stand beside useFactory, not in what it returns.
const MODULE_EXTRAS = ['name', 'isGlobal', 'filter', 'client'];

/** Every problem of the options, one per option. What is right in them may be used only if there is none. */
export function optionProblems(
  options: CohereModuleOptions,
  secrets: readonly string[],
): Diagnosis[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [
      createDiagnosis('COHERE_CONFIG_INVALID', {
        title: 'The options of CohereModule must be an object.',
        detail: `the options of CohereModule: ${describeValue(options, secrets)}`,
        fix: ['Pass an object to forRoot(), or return one from the factory of forRootAsync().'],
      }),
    ];
  }
  const { error } = OPTIONS_SCHEMA.validate(options);
  const paths = new Map(error?.details.map(({ path }) => [path.join('\0'), path.map(String)]));
  return [...paths.values()].map((path) => problemAt(path, options, secrets));
}

function problemAt(
  path: readonly string[],
  options: CohereModuleOptions,
  secrets: readonly string[],
): Diagnosis {
  const value = valueAt(options, path);
  const [first = '', second] = path;
  if (first === 'apiKey') {
    return apiKeyProblem(value);
  }
  if (first === 'headers') {
    return second === undefined ? headersProblem(value) : headerProblem(second, value);
  }
  const name = path.join('.');
  if (isSettingName(name)) {
    const setting: Setting = SETTINGS[name];
    return settingDiagnosis({ name, origin: `${name}, ${WHERE}`, value, setting, secrets });
  }
  if (name === 'startupCheck') {
    return settingDiagnosis({
      name,
      origin: `${name}, ${WHERE}`,
      value,
      setting: SETTINGS['startupCheck.mode'],
      secrets,
    });
  }
  return unknownOption(first, second, secrets);
}

function valueAt(options: object, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    options,
  );
}

function apiKeyProblem(value: unknown): Diagnosis {
  // A key given in a wrong form is still a key: only the kind of the value is told.
  const kind = typeof value === 'object' && value !== null ? shapeOf(value) : `a ${typeof value}`;
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'apiKey must be a string, a function, { file }, { env } or false.',
    detail: `apiKey, ${WHERE}: ${value === null ? 'null' : kind}`,
    fix: [
      'Pass the key as a string, a function that returns it, { file: "/path" }, or { env: "NAME" }.',
      'Leave apiKey out to use COHERE_API_KEY; pass false if this deployment needs no key.',
    ],
  });
}

function shapeOf(value: object): string {
  if (Array.isArray(value)) {
    return 'an array';
  }
  const known = ['file', 'env'].filter((name) => name in value);
  return known.length === 0
    ? 'an object with neither file nor env'
    : known.length === 2
      ? 'an object with both file and env'
      : `an object whose ${known.join()} is not alone, or not a text that says something`;
}

function headersProblem(value: unknown): Diagnosis {
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'headers must be a plain object of strings.',
    detail: `headers, ${WHERE}: ${typeof value === 'object' ? 'not a plain object' : describeValue(typeof value)}`,
    fix: ['Write headers as { "X-Name": "value" }.'],
  });
}

function headerProblem(name: string, value: unknown): Diagnosis {
  const shown = describeValue(name);
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `headers may not hold ${shown}.`,
    detail: `headers, ${WHERE}: ${headerDefect(name, value) ?? 'it cannot be sent'}`,
    fix: [
      name.toLowerCase() === 'authorization'
        ? 'Remove the header, and give the key as apiKey or in COHERE_API_KEY.'
        : `Remove ${shown} from headers, or correct its name and value.`,
    ],
  });
}

function unknownOption(
  name: string,
  inner: string | undefined,
  secrets: readonly string[],
): Diagnosis {
  const candidates =
    inner === undefined ? OPTION_NAMES : (['mode', 'timeoutMs', 'onUnreachable'] as const);
  const written = inner ?? name;
  const meant = closestName(written, candidates);
  const path = inner === undefined ? '' : `${name}.`;
  const shown = /^[\w.-]{1,60}$/.test(written) ? describeValue(written, secrets) : 'a name';
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `CohereModule has no option ${shown}${path === '' ? '' : ` in ${name}`}.`,
    detail: `the options of CohereModule: ${shown}${path === '' ? '' : ` in ${name}`} is not known`,
    fix: [
      ...(meant === undefined ? [] : [`Did you mean ${path}${meant}?`]),
      inner === undefined && MODULE_EXTRAS.includes(name)
        ? `Put ${name} beside useFactory, not into what the factory returns.`
        : `Remove it. Known are ${candidates.join(', ')}.`,
    ],
  });
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}
