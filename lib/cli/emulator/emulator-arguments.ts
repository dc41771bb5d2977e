import { isKeyState, KEY_STATES, type KeyState } from '../../testing/emulator/keys.js';
import { readOptions, UsageError } from '../read-options.js';

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
  key: { type: 'string' },
  'accept-legacy-fields': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError */
export function parseEmulatorArguments(words: readonly string[]): EmulatorArguments {
  const read = readOptions('emulator', words, OPTIONS);
  return {
    port: readInteger('port', read.text('port'), MAX_PORT) ?? DEFAULT_PORT,
    host: read.text('host'),
    latencyMs: readInteger('latency', read.text('latency'), MAX_LATENCY_MS) ?? 0,
    keys: Object.fromEntries(read.texts('key').map(readKey)),
    acceptLegacyFields: read.has('accept-legacy-fields'),
    help: read.has('help'),
  };
}

function readInteger(name: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d+$/.test(text) || Number(text) > max) {
    throw new UsageError(`--${name} must be a whole number from 0 to ${max}.`);
  }
  return Number(text);
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
