import { checkSetting, keyHeaderName, type SettingDefect } from './settings.schema.js';
import { EXTRAS, namesWithin, type Setting, SETTINGS, shorthandOf } from './settings.js';

export type Variables = Readonly<Record<string, string | undefined>>;

/** A value under the name that its author wrote: `COHERE_TIMEOUT_MS`, `startupCheck.timeoutMs`. */
interface GivenValue {
  readonly name: string;
  readonly value: unknown;
  readonly isVariable: boolean;
}

/** A setting with an invalid value. */
export interface WrongSetting extends GivenValue, SettingDefect {
  readonly setting: Setting;
}

/** Misplaced or unknown options. */
export interface MisplacedOption {
  /** `['startupCheck', 'timeout']` */
  readonly path: readonly string[];
  /** The value of a group that is not an object; `undefined` for an unknown name. */
  readonly group?: { readonly value: unknown } | undefined;
}

/** The settings after options, environment and defaults. */
export interface SettingsRead {
  /** The valid values by name of the setting. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly wrong: readonly WrongSetting[];
  readonly misplaced: readonly MisplacedOption[];
  /** Variables with a wrong value that an option overrides. */
  readonly ignored: readonly string[];
}

const ROWS = Object.entries<Setting>(SETTINGS);

/** Merges options, environment and defaults, in that order, and validates each winning value once. */
export function readSettings(options: object, variables: Variables): SettingsRead {
  const { given, misplaced } = optionsBySetting(options);
  const values = new Map<string, unknown>();
  const wrong: WrongSetting[] = [];
  const ignored: string[] = [];
  for (const [name, setting] of ROWS) {
    const option = given.get(name);
    const variable = valueOfVariable(setting, variables);
    const winner = option ?? variable;
    if (winner === undefined) {
      values.set(name, setting.default);
      continue;
    }
    const { value, defects } = check(setting, winner, values);
    wrong.push(...defects);
    if (defects.length === 0) {
      values.set(name, value);
    }
    if (option !== undefined && variable !== undefined) {
      ignored.push(...check(setting, variable, values).defects.map((defect) => defect.name));
    }
  }
  return { values, wrong, misplaced, ignored };
}

/** Finds extras - `name`, `isGlobal` and so on - with an invalid value. */
export function wrongExtras(extras: object): readonly WrongSetting[] {
  return Object.entries<Setting>(EXTRAS).flatMap(([name, setting]) => {
    const value: unknown = Reflect.get(extras, name);
    return value === undefined
      ? []
      : check(setting, { name, value, isVariable: false }, new Map()).defects;
  });
}

function check(
  setting: Setting,
  given: GivenValue,
  values: ReadonlyMap<string, unknown>,
): { readonly value?: unknown; readonly defects: readonly WrongSetting[] } {
  const keyHeader = values.get('apiKeyHeader') ?? SETTINGS.apiKeyHeader.default;
  const checked = checkSetting(setting, given.value, { convert: given.isVariable, keyHeader });
  return checked.defects === undefined
    ? { value: normalize(setting, checked.value), defects: [] }
    : { defects: checked.defects.map((defect) => ({ setting, ...given, ...defect })) };
}

function normalize({ rule: { kind } }: Setting, value: unknown): unknown {
  if (typeof value !== 'string') {
    return value;
  }
  return kind === 'text' ? value.trim() : kind === 'headerName' ? keyHeaderName(value) : value;
}

/** Reads a variable; `undefined` for the key, which is read elsewhere, and for a blank one, which counts as not set. */
function valueOfVariable(
  { rule, variable }: Setting,
  variables: Variables,
): GivenValue | undefined {
  if (variable === undefined || rule.kind === 'apiKey') {
    return undefined;
  }
  const value = variables[variable];
  return value === undefined || value.trim() === ''
    ? undefined
    : { name: variable, value, isVariable: true };
}

/** Flattens groups: `startupCheck: 'model'` becomes `startupCheck.mode`. Omits undefined values. */
function optionsBySetting(options: object) {
  const given = new Map<string, GivenValue>();
  const misplaced: MisplacedOption[] = [];
  for (const [name, value] of Object.entries(options).filter(([, one]) => one !== undefined)) {
    const option = { name, value, isVariable: false };
    const shorthand = shorthandOf(name);
    if (Object.hasOwn(SETTINGS, name)) {
      given.set(name, option);
    } else if (namesWithin(name).length === 0) {
      misplaced.push({ path: [name] });
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const { settings, unknown } = readGroup(name, value);
      settings.forEach((one) => given.set(one.name, one));
      misplaced.push(...unknown.map((key) => ({ path: [name, key] })));
    } else if (shorthand === undefined) {
      misplaced.push({ path: [name], group: { value } });
    } else {
      given.set(shorthand, option);
    }
  }
  return { given, misplaced };
}

/** Adds required settings that were left out, so that they are reported as missing. */
function readGroup(group: string, content: object) {
  const entries = new Map<string, unknown>(Object.entries(content));
  const settings = ROWS.filter(([name]) => name.startsWith(`${group}.`))
    .map(([name, { required }]) => ({
      name,
      value: entries.get(name.slice(group.length + 1)),
      isVariable: false,
      required,
    }))
    .filter(({ value, required }) => value !== undefined || required === true);
  const known = namesWithin(group);
  return { settings, unknown: [...entries.keys()].filter((key) => !known.includes(key)) };
}
