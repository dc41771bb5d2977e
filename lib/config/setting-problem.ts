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
  /** Goes first in the detail: `COHERE_TIMEOUT_MS from .env:4 (shadowed: nothing)`. */
  readonly origin: string;
  readonly value: unknown;
  readonly setting: Setting;
  /** What must not be shown, should the value hold it. */
  readonly secrets: readonly string[];
}

export function settingDiagnosis(problem: SettingProblem): Diagnosis {
  const { name, origin, value, setting, secrets } = problem;
  const allowed = mustBe(setting.rule);
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `${name} must be ${allowed}.`,
    detail: `${origin}: ${found(setting.rule, value, secrets)}`,
    fix: [
      ...suggestion(setting.rule, value),
      setting.default === undefined
        ? `Set ${name} to ${allowed}, or leave it out.`
        : `Set ${name} to ${allowed}${unitOf(setting.rule)}, or leave it out to use the default, ${setting.default}.`,
    ],
  });
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

function unitOf(rule: SettingRule): string {
  return rule.kind === 'integer' && rule.unit !== undefined ? `, in ${rule.unit}` : '';
}

const SWITCHED_OFF = ['false', '0', 'no', 'none', 'never', 'disabled'];

function suggestion(rule: SettingRule, value: unknown): string[] {
  if (rule.kind === 'choice') {
    const text = String(value).trim();
    const meant =
      SWITCHED_OFF.includes(text.toLowerCase()) && rule.values.includes('off')
        ? 'off'
        : typeof value === 'string'
          ? closestName(text, rule.values)
          : undefined;
    return meant === undefined ? [] : [`Did you mean "${meant}"?`];
  }
  if (rule.kind === 'integer' && typeof value === 'string' && /^\s*\d+\s*$/.test(value)) {
    return [
      'Pass a number, not a text, if this is an option: what ConfigService returns is text, unless a schema converts it as cohereEnvSchema does.',
    ];
  }
  if (
    rule.kind === 'baseUrl' &&
    typeof value === 'string' &&
    /^[\w.-]+\.\w+(?:[:/]|$)/.test(value)
  ) {
    return ['Write https:// in front of the host name.'];
  }
  return [];
}
