import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { closestName } from './closest-name.js';
import { describeValue } from './describe-value.js';
import { findQuotationMarks } from './quotation-marks.js';
import type { MisplacedOption, WrongSetting } from './read-settings.js';
import { EXTRAS, mustBe, namesWithin, OPTION_NAMES, type Setting } from './settings.js';

const WHERE = 'an option of CohereModule';

/**
 * Diagnoses a setting with an invalid value.
 *
 * @param origin the source of a variable, such as `COHERE_TIMEOUT_MS from .env:4`
 * @param secrets texts to redact in the value
 */
export function settingDiagnosis(
  wrong: WrongSetting,
  secrets: readonly string[],
  origin = `${wrong.name}, ${WHERE}`,
): Diagnosis {
  const { name, setting, header } = wrong;
  if (header !== undefined) {
    return headerDiagnosis(wrong, header);
  }
  const allowed = mustBe(setting.rule);
  const unit = setting.unit === undefined ? '' : `, in ${setting.unit}`;
  const step = stepFor(wrong);
  const quoted = quotesAround(wrong.value);
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: quoted === undefined ? `${name} must be ${allowed}.` : `${name} ${quoted.predicate}.`,
    detail: `${origin}: ${found(wrong, secrets)}`,
    fix:
      setting.rule.kind === 'apiKey'
        ? [
            'Pass the key as a string, a function that returns it, { file: "/path" }, or { env: "NAME" }.',
            'Leave apiKey out to use COHERE_API_KEY; pass false if this deployment needs no key.',
          ]
        : [step ?? `Set ${name} to ${allowed}${unit}${orLeaveOut(setting)}.`],
  });
}

function orLeaveOut({ required, default: usual }: Setting): string {
  if (required === true) {
    return '';
  }
  return usual === undefined
    ? ', or leave it out'
    : `, or leave it out to use the default, ${usual}`;
}

/** Describes the value, as far as it may be shown, and its defect. */
function found({ setting, value, reason }: WrongSetting, secrets: readonly string[]): string {
  switch (setting.rule.kind) {
    case 'apiKey':
      // A key in a wrong form is still a secret: only the type of the value is shown.
      return typeof value === 'object' && value !== null ? keyShape(value) : describeKind(value);
    case 'headers':
      return typeof value === 'object' ? 'not a plain object' : describeKind(value);
    default: {
      // The query of an address may contain tokens.
      const shown =
        typeof value === 'string' && setting.rule.kind === 'baseUrl'
          ? value.replace(/[?#][^]*$/, '?…')
          : value;
      // The title already names the quotation marks.
      const isTold = reason === undefined || quotesAround(value) !== undefined;
      return `${describeValue(shown, secrets)}${isTold ? '' : `; ${reason}`}`;
    }
  }
}

function quotesAround(value: unknown) {
  return typeof value === 'string' ? findQuotationMarks(value.trim()) : undefined;
}

function describeKind(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}

function keyShape(value: object): string {
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

function headerDiagnosis({ reason = '' }: WrongSetting, header: string): Diagnosis {
  const shown = describeValue(header);
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `headers must not contain ${shown}.`,
    detail: `headers, ${WHERE}: ${reason}`,
    fix: [
      reason.includes('contains the API key')
        ? 'Remove the header, and give the key as apiKey or in COHERE_API_KEY.'
        : `Remove ${shown} from headers, or correct its name and value.`,
    ],
  });
}

const SWITCHED_OFF = ['false', '0', 'no', 'none', 'never', 'disabled'];
const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  m: 60_000,
  min: 60_000,
};

/** Returns the correct value, if the wrong one shows the intention. */
function stepFor({
  value,
  setting: { rule, unit },
  step,
  isVariable,
}: WrongSetting): string | undefined {
  const quoted = quotesAround(value);
  if (quoted !== undefined) {
    return quoted.isWrapped
      ? 'Remove the quotation marks around the value.'
      : 'Remove the quotation mark.';
  }
  if (rule.kind === 'choice') {
    const meant = choiceMeant(rule.values, value);
    return meant === undefined ? undefined : `Write "${meant}".`;
  }
  if (rule.kind === 'headers') {
    return 'Write headers as { "X-Name": "value" }.';
  }
  if (rule.kind !== 'integer' || typeof value !== 'string') {
    return step;
  }
  const [, digits, scale = ''] = /^\s*(\d{1,9})\s*([a-z]{0,3})\s*$/i.exec(value) ?? [];
  const factor =
    scale === '' ? 1 : unit === undefined ? undefined : MILLISECONDS[scale.toLowerCase()];
  const meant = digits === undefined || factor === undefined ? Number.NaN : Number(digits) * factor;
  if (!(meant >= rule.min && meant <= (rule.max ?? Infinity))) {
    return undefined;
  }
  return scale !== ''
    ? `Write ${meant}, without a unit.`
    : isVariable
      ? undefined
      : 'Pass a number, not a string: ConfigService returns strings unless a schema converts them, as cohereEnvSchema does.';
}

function choiceMeant(values: readonly string[], value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') {
    return undefined;
  }
  const text = String(value).trim();
  return SWITCHED_OFF.includes(text.toLowerCase()) && values.includes('off')
    ? 'off'
    : typeof value === 'string'
      ? closestName(text, values)
      : undefined;
}

/** Diagnoses unknown options, and groups that are not objects. */
export function misplacedDiagnoses(
  misplaced: readonly MisplacedOption[],
  secrets: readonly string[],
): Diagnosis[] {
  // Lists the known names once, not for each unknown one.
  const firstUnknown = misplaced.find(({ group }) => group === undefined);
  return misplaced.map((option) =>
    option.group === undefined
      ? unknownOption(option.path, secrets, option === firstUnknown)
      : notAGroup(option.path.join('.'), option.group.value, secrets),
  );
}

function notAGroup(name: string, value: unknown, secrets: readonly string[]): Diagnosis {
  const shape = `an object of ${namesWithin(name).join(', ')}`;
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `${name} must be ${shape}.`,
    detail: `${name}, ${WHERE}: ${describeValue(value, secrets)}`,
    fix: [`Set ${name} to ${shape}, or leave it out.`],
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
    fix: [
      second === undefined && Object.hasOwn(EXTRAS, first)
        ? `Put ${first} next to useFactory, not into what the factory returns.`
        : meant === undefined
          ? `Remove it.${known}`
          : `Write ${meant}.`,
    ],
  });
}

/** Diagnoses options that are not an object. */
export function notOptions(options: unknown, secrets: readonly string[]): Diagnosis {
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'The options of CohereModule must be an object.',
    detail: `the options of CohereModule: ${describeValue(options, secrets)}`,
    fix: ['Pass an object to forRoot(), or return one from the factory of forRootAsync().'],
  });
}
