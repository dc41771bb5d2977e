import { normalizeBaseUrl } from '../../config/base-url.js';
import type { StartupCheckMode } from '../../config/settings.js';
import { looksLikeSecret } from '../../config/describe-value.js';
import { readOptions, UsageError } from '../read-options.js';
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
  dotenv: { type: 'string' },
  // The same option; Node itself reads any argument of this name, and exits if the file is missing.
  'env-file': { type: 'string' },
  env: { type: 'string' },
  'base-url': { type: 'string' },
  live: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError */
export function parseDoctorArguments(words: readonly string[]): DoctorArguments {
  const read = readOptions('doctor', words.map(withLiveMode), OPTIONS);
  const live = LIVE_MODES.find((mode) => mode === read.text('live'));
  if (read.has('live') && live === undefined) {
    const given = quoteArgument(read.text('live') ?? '');
    throw new UsageError(`--live takes ${LIVE_MODES.join(', ')}, not ${given}.`);
  }
  const keyVariable = read.text('env') ?? KEY_VARIABLE;
  if (!/^[A-Za-z_][\w.-]{0,99}$/.test(keyVariable) || looksLikeSecret(keyVariable)) {
    throw new UsageError(
      '--env takes the name of the variable that holds the key, such as COHERE_EU_API_KEY.',
    );
  }
  const baseUrl = read.text('base-url');
  const address = baseUrl === undefined ? undefined : normalizeBaseUrl(baseUrl);
  if (address !== undefined && 'wrong' in address) {
    throw new UsageError(`--base-url must be an http or https address: ${address.wrong}.`);
  }
  return {
    envFiles: [...read.texts('dotenv'), ...read.texts('env-file')],
    keyVariable,
    baseUrl: baseUrl?.trim(),
    live,
    json: read.has('json'),
    help: read.has('help'),
  };
}

/** Replaces `--live` by `--live=key`: parseArgs has no options with an optional value. */
function withLiveMode(word: string, index: number, words: readonly string[]): string {
  return word === '--live' && (words[index + 1] ?? '-').startsWith('-') ? '--live=key' : word;
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
