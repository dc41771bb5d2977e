import { createDiagnosis } from '../diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { normalizeBaseUrl } from './base-url.js';
import { closestName } from './closest-name.js';
import { describeValue } from './describe-value.js';
import { mustBe, type Setting, type SettingRule } from './settings.js';

/** A setting with a value it cannot have. */
export interface SettingProblem {
  /** As the one who set it wrote it: `COHERE_TIMEOUT_MS`, `startupCheck.timeoutMs`. */
  readonly name: string;
  /** Goes first in the detail: `COHERE_TIMEOUT_MS from .env:4`. */
  readonly origin: string;
  readonly value: unknown;
  readonly setting: Setting;
  /** What must not be shown, should the value hold it. */
  readonly secrets: readonly string[];
}

export function settingDiagnosis(problem: SettingProblem): Diagnosis {
  const { name, origin, value, setting, secrets } = problem;
  const allowed = mustBe(setting.rule);
  const unit = setting.unit === undefined ? '' : `, in ${setting.unit}`;
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `${name} must be ${allowed}.`,
    detail: `${origin}: ${found(setting.rule, value, secrets)}`,
    fix: [...suggestion(problem), `Set ${name} to ${allowed}${unit}${orLeaveOut(setting)}.`],
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

function found(rule: SettingRule, value: unknown, secrets: readonly string[]): string {
  if (rule.kind !== 'baseUrl' || typeof value !== 'string') {
    return describeValue(value, secrets);
  }
  // A query is where addresses carry tokens.
  const shown = describeValue(value.replace(/[?#][^]*$/, '?…'), secrets);
  const result = normalizeBaseUrl(value);
  return 'wrong' in result ? `${shown}; ${result.wrong}` : shown;
}

const SWITCHED_OFF = ['false', '0', 'no', 'none', 'never', 'disabled'];
const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  m: 60_000,
  min: 60_000,
};

/** The exact thing to write, where the value shows what was meant. */
function suggestion({ name, value, setting: { rule, unit, variable } }: SettingProblem): string[] {
  switch (rule.kind) {
    case 'choice': {
      const meant = choiceMeant(rule.values, value);
      return meant === undefined ? [] : [`Write "${meant}".`];
    }
    case 'integer': {
      const isWithin = (number: number) => number >= rule.min && number <= rule.max;
      if (typeof value !== 'string') {
        return [];
      }
      const [, digits, scale = ''] = /^\s*(\d{1,9})\s*([a-z]{0,3})\s*$/i.exec(value) ?? [];
      if (digits === undefined) {
        return [];
      }
      if (scale === '') {
        return name !== variable && isWithin(Number(digits))
          ? [
              'Pass a number, not a string: ConfigService returns strings unless a schema converts them, as cohereEnvSchema does.',
            ]
          : [];
      }
      const factor = unit === undefined ? undefined : MILLISECONDS[scale.toLowerCase()];
      const meant = Number(digits) * (factor ?? Number.NaN);
      return isWithin(meant) ? [`Write ${meant}, without a unit.`] : [];
    }
    case 'baseUrl':
      return addressStep(value);
    default:
      return [];
  }
}

function addressStep(value: unknown): string[] {
  const result = typeof value === 'string' ? normalizeBaseUrl(value) : undefined;
  const step = result !== undefined && 'wrong' in result ? result.step : undefined;
  return step === undefined ? [] : [step];
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
