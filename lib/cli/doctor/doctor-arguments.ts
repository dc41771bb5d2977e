import { parseArgs } from 'node:util';
import { normalizeBaseUrl } from '../../config/base-url.js';
import { closestName } from '../../config/closest-name.js';
import type { StartupCheckMode } from '../../config/settings.js';
import { looksLikeSecret } from '../../config/describe-value.js';
import { quoteArgument } from '../usage.js';

export type LiveMode = Exclude<StartupCheckMode, 'off'>;

export interface DoctorArguments {
  readonly envFiles: readonly string[];
  /** The variable that holds the key. */
  readonly keyVariable: string;
  readonly baseUrl: string | undefined;
  readonly live: LiveMode | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

const LIVE_MODES: readonly LiveMode[] = ['key', 'model', 'rerank'];
const KEY_VARIABLE = 'COHERE_API_KEY';
const OPTIONS = {
  dotenv: { type: 'string', multiple: true },
  // The same option; Node itself reads any argument of this name, and exits if the file is missing.
  'env-file': { type: 'string', multiple: true },
  env: { type: 'string' },
  'base-url': { type: 'string' },
  live: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Parses the arguments; returns one line about invalid ones. */
export function parseDoctorArguments(words: readonly string[]): DoctorArguments | string {
  let values;
  try {
    ({ values } = parseArgs({ args: withLiveMode(words), options: OPTIONS }));
  } catch {
    // The message of parseArgs quotes whole arguments, which may be misplaced keys.
    return misunderstood(words);
  }
  const live = LIVE_MODES.find((mode) => mode === values.live);
  if (values.live !== undefined && live === undefined) {
    return `--live takes ${LIVE_MODES.join(', ')}, not ${quoteArgument(values.live)}.`;
  }
  const keyVariable = values.env ?? KEY_VARIABLE;
  if (!/^[A-Za-z_][\w.-]{0,99}$/.test(keyVariable) || looksLikeSecret(keyVariable)) {
    return '--env takes the name of the variable that holds the key, such as COHERE_EU_API_KEY.';
  }
  const baseUrl = values['base-url'];
  const address = baseUrl === undefined ? undefined : normalizeBaseUrl(baseUrl);
  if (address !== undefined && 'wrong' in address) {
    return `--base-url must be an http or https address: ${address.wrong}.`;
  }
  return {
    envFiles: [...(values.dotenv ?? []), ...(values['env-file'] ?? [])],
    keyVariable,
    baseUrl: baseUrl?.trim(),
    live,
    json: values.json === true,
    help: values.help === true,
  };
}

/** Replaces `--live` by `--live=key`: parseArgs has no options with an optional value. */
function withLiveMode(words: readonly string[]): string[] {
  const result: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const next = words[index + 1];
    if (word === '--live' && (next === undefined || next.startsWith('-'))) {
      result.push('--live=key');
    } else {
      result.push(word);
    }
  }
  return result;
}

const WITH_VALUE = ['--dotenv', '--env-file', '--env', '--base-url', '--live'];

function misunderstood(words: readonly string[]): string {
  const names = Object.keys(OPTIONS).map((name) => `--${name}`);
  for (const [index, word] of words.entries()) {
    const name = word.split('=', 1)[0] ?? '';
    if (!word.startsWith('-')) {
      if (index === 0 || !WITH_VALUE.includes(words[index - 1] ?? '')) {
        return `doctor takes options only, not ${quoteArgument(word)}.`;
      }
    } else if (name !== '-h' && !names.includes(name)) {
      const meant = closestName(name, names);
      return `doctor does not know the option ${quoteArgument(name)}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`;
    } else if (['--json', '--help'].includes(name) && word.includes('=')) {
      return `${name} takes no value.`;
    }
  }
  return '--dotenv, --env and --base-url need a value.';
}

export const DOCTOR_USAGE = `Usage: nestjs-cohere doctor [options]

Reads the environment and .env as the app would, and shows every setting, where it comes from, what
overrides what, and what is wrong. Options given in code to CohereModule are not seen.

  --dotenv FILE       read this file instead of .env; may be given more than once, the first one wins
                      (--env-file too, but Node reads that flag itself, and ends if the file is missing)
  --env NAME          the key is in this variable, not in COHERE_API_KEY
  --base-url URL      instead of COHERE_BASE_URL
  --live [MODE]       also ask Cohere. MODE is key (default; is the key valid?), model (does the model
                      exist and rerank?) or rerank (one real rerank, billed as one)
  --json              one JSON document
  -h, --help          show this

Exit code: 0 all is well, 78 the configuration is wrong, 77 Cohere refuses the key,
69 Cohere could not be asked, 2 this command was called wrongly.
`;
