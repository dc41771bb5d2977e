import type { ValidationError } from 'joi';
import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { closestName } from './closest-name.js';
import { describeValue } from './describe-value.js';
import { settingDiagnosis } from './setting-problem.js';
import { type CohereModuleOptions, EXTRAS, mustBe, type Setting, SETTINGS } from './settings.js';
import {
  ALL_PROBLEMS_AS_GIVEN,
  EXTRAS_SCHEMA,
  headerDefect,
  namesWithin,
  OPTION_NAMES,
  OPTIONS_SCHEMA,
  shorthandOf,
} from './settings.schema.js';

const WHERE = 'an option of CohereModule';
const OPTION_ROWS = new Map(Object.entries<Setting>(SETTINGS));
const EXTRA_ROWS = new Map(Object.entries<Setting>(EXTRAS));

/** Every problem of the options, one per option. What is right in them may be used only if there is none. */
export function optionProblems(
  options: CohereModuleOptions,
  secrets: readonly string[],
  keyHeader: string = SETTINGS.apiKeyHeader.default,
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
  const settings = { ...ALL_PROBLEMS_AS_GIVEN, context: { keyHeader } };
  return problemsOf(OPTIONS_SCHEMA.validate(options, settings).error, {
    rows: OPTION_ROWS,
    values: options,
    secrets,
    keyHeader,
  });
}

/** What is wrong with `name`, `isGlobal` and the other things that stand beside the options. */
export function extraProblems(extras: object, secrets: readonly string[]): Diagnosis[] {
  const given = Object.fromEntries(
    Object.keys(EXTRAS).map((name) => [name, valueAt(extras, [name])]),
  );
  return problemsOf(EXTRAS_SCHEMA.validate(given, ALL_PROBLEMS_AS_GIVEN).error, {
    rows: EXTRA_ROWS,
    values: given,
    secrets,
    keyHeader: '',
  });
}

interface Given {
  readonly rows: ReadonlyMap<string, Setting>;
  readonly values: object;
  readonly secrets: readonly string[];
  /** The header of the key, in lower case. */
  readonly keyHeader: string;
}

function problemsOf(error: ValidationError | undefined, given: Given): Diagnosis[] {
  const paths = new Map(error?.details.map(({ path }) => [path.join('\0'), path.map(String)]));
  // The names that are known are worth listing once, not once for each that is not.
  const firstUnknown = [...paths.values()].find((path) => rowAt(path, given) === undefined);
  return [...paths.values()].map((path) => {
    const row = rowAt(path, given);
    if (row === undefined) {
      return path.length === 1 && namesWithin(path[0] ?? '').length > 0
        ? groupProblem(path[0] ?? '', given)
        : unknownOption(path, given.secrets, path === firstUnknown);
    }
    return problemAt(path, row, given);
  });
}

/** The row that a path of Joi's is about; for `headers.X-A` that of `headers`. */
function rowAt(path: readonly string[], { rows }: Given): Setting | undefined {
  const [first = ''] = path;
  const row =
    rows.get(path.join('.')) ?? (path.length === 1 ? shorthandOf(first)?.setting : undefined);
  return row ?? (rows.get(first)?.rule.kind === 'headers' ? rows.get(first) : undefined);
}

/** A group that cannot be given as one value. */
function groupProblem(name: string, { values, secrets }: Given): Diagnosis {
  const shape = `an object of ${namesWithin(name).join(', ')}`;
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `${name} must be ${shape}.`,
    detail: `${name}, ${WHERE}: ${describeValue(valueAt(values, [name]), secrets)}`,
    fix: [`Set ${name} to ${shape}, or leave it out.`],
  });
}

function problemAt(
  path: readonly string[],
  setting: Setting,
  { values, secrets, keyHeader }: Given,
): Diagnosis {
  const name = path.join('.');
  const value = valueAt(values, path);
  switch (setting.rule.kind) {
    case 'apiKey':
      return apiKeyProblem(setting, value);
    case 'headers':
      return path[1] === undefined
        ? headersProblem(value)
        : headerProblem(path[1], value, keyHeader);
    default:
      return settingDiagnosis({ name, origin: `${name}, ${WHERE}`, value, setting, secrets });
  }
}

function valueAt(options: object, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    options,
  );
}

function apiKeyProblem(setting: Setting, value: unknown): Diagnosis {
  // A key given in a wrong form is still a key: only the kind of the value is told.
  const kind = typeof value === 'object' && value !== null ? shapeOf(value) : `a ${typeof value}`;
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `apiKey must be ${mustBe(setting.rule)}.`,
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
      : `an object whose ${known.join()} is not alone, or not a non-blank string`;
}

function headersProblem(value: unknown): Diagnosis {
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'headers must be a plain object of strings.',
    detail: `headers, ${WHERE}: ${typeof value === 'object' ? 'not a plain object' : `a ${typeof value}`}`,
    fix: ['Write headers as { "X-Name": "value" }.'],
  });
}

function headerProblem(name: string, value: unknown, keyHeader: string): Diagnosis {
  const shown = describeValue(name);
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `headers must not contain ${shown}.`,
    detail: `headers, ${WHERE}: ${headerDefect(name, value, keyHeader) ?? 'it cannot be sent'}`,
    fix: [
      name.toLowerCase() === keyHeader
        ? 'Remove the header, and give the key as apiKey or in COHERE_API_KEY.'
        : `Remove ${shown} from headers, or correct its name and value.`,
    ],
  });
}

function unknownOption(
  [first = '', second]: readonly string[],
  secrets: readonly string[],
  listsKnown: boolean,
): Diagnosis {
  const written = second ?? first;
  const candidates = second === undefined ? OPTION_NAMES : namesWithin(first);
  const meant = closestName(written, candidates);
  const within = second === undefined ? '' : ` in ${first}`;
  const shown = /^[\w.-]{1,60}$/.test(written) ? describeValue(written, secrets) : 'a name';
  const known = listsKnown ? ` Known are ${candidates.join(', ')}.` : '';
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `CohereModule has no option ${shown}${within}.`,
    detail: `the options of CohereModule: ${shown}${within} is not known`,
    fix:
      second === undefined && Object.hasOwn(EXTRAS, first)
        ? [`Put ${first} next to useFactory, not into what the factory returns.`]
        : [...(meant === undefined ? [] : [`Write ${meant}.`]), `Remove it.${known}`],
  });
}
