import { parseArgs } from 'node:util';
import { isKeyState, KEY_STATES, type KeyState } from '../../testing/emulator/keys.js';
import { closestName } from '../../config/closest-name.js';
import { quoteArgument } from '../usage.js';

export interface EmulatorArguments {
  readonly port: number;
  readonly host: string | undefined;
  readonly latencyMs: number;
  readonly keys: Readonly<Record<string, KeyState>>;
  readonly acceptLegacyFields: boolean;
  readonly help: boolean;
}

/** The default port, fixed so that a command line keeps working. */
export const DEFAULT_PORT = 8765;

const MAX_PORT = 65_535;
const MAX_LATENCY_MS = 600_000;
const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  latency: { type: 'string' },
  key: { type: 'string', multiple: true },
  'accept-legacy-fields': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** An invalid command line. The message quotes no value, because that could be a key. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseEmulatorArguments(words: readonly string[]): EmulatorArguments {
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'option' && !Object.hasOwn(OPTIONS, token.name)) {
      const names = Object.keys(OPTIONS).map((name) => `--${name}`);
      const meant = closestName(token.rawName, names);
      const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
      throw new UsageError(
        `emulator does not know the option ${quoteArgument(token.rawName)}.${hint}`,
      );
    }
  }
  if (positionals.length > 0) {
    throw new UsageError('emulator takes options only.');
  }
  return {
    port: readInteger('port', values.port, MAX_PORT) ?? DEFAULT_PORT,
    host: readText('host', values.host),
    latencyMs: readInteger('latency', values.latency, MAX_LATENCY_MS) ?? 0,
    keys: readKeys(values.key),
    acceptLegacyFields: readFlag('accept-legacy-fields', values['accept-legacy-fields']),
    help: values.help === true,
  };
}

function readText(name: string, value: unknown): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string' || value === '') {
    throw new UsageError(`--${name} needs a value.`);
  }
  return value;
}

function readInteger(name: string, value: unknown, max: number): number | undefined {
  const text = readText(name, value);
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d+$/.test(text) || Number(text) > max) {
    throw new UsageError(`--${name} must be a whole number from 0 to ${max}.`);
  }
  return Number(text);
}

function readFlag(name: string, value: unknown): boolean {
  if (value !== undefined && value !== true) {
    throw new UsageError(`--${name} takes no value.`);
  }
  return value === true;
}

function readKeys(values: unknown): Readonly<Record<string, KeyState>> {
  const list: readonly unknown[] = Array.isArray(values) ? values : [];
  return Object.fromEntries(list.map((value) => readKey(readText('key', value) ?? '')));
}

/** `KEY` or `KEY=STATE` */
function readKey(text: string): readonly [string, KeyState] {
  const mark = text.lastIndexOf('=');
  const key = mark === -1 ? text : text.slice(0, mark);
  const state = mark === -1 ? 'active' : text.slice(mark + 1);
  if (key === '' || !isKeyState(state)) {
    throw new UsageError(`--key must be KEY or KEY=STATE, with one of ${KEY_STATES.join(', ')}.`);
  }
  return [key, state];
}
