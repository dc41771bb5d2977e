import type { CohereEmulator } from '../testing/emulator/cohere-emulator.js';
import { fingerprint } from '../testing/emulator/keys/key-registry.js';
import type { KeyState, ReadyMadeKeys } from '../testing/emulator/keys/key-states.js';

const ABOUT_KEYS = [
  ['active', 'active', 'no limits'],
  ['trial', 'trial', '10 reranks a minute, 1,000 a month'],
  ['expired', 'expired', '401 Your API key has expired …'],
  ['revoked', 'revoked', '401 invalid api token'],
  ['no-rerank', 'noRerank', 'valid, but 403 for a rerank'],
  ['unpaid', 'unpaid', 'valid, but 402 for a rerank'],
] as const satisfies readonly (readonly [KeyState, keyof ReadyMadeKeys, string])[];

const STATE_WIDTH = 11;

/** What a person needs to begin: the address, the keys, and a command to paste. */
export function emulatorBanner(
  { url, keys }: CohereEmulator,
  extraKeys: Readonly<Record<string, KeyState>>,
): string {
  const lines = [
    `Cohere emulator on ${url}`,
    'For tests and demos: it ranks by the words that query and document share.',
    '',
    'Keys',
    ...ABOUT_KEYS.map(
      ([state, name, about]) => `  ${state.padEnd(STATE_WIDTH)}${keys[name]}  ${about}`,
    ),
    // Yours may be real: named, never shown.
    ...Object.entries(extraKeys).map(
      ([key, state]) =>
        `  ${state.padEnd(STATE_WIDTH)}${fingerprint(key)}, ${key.length} characters, from --key`,
    ),
    '',
    'Use it',
    `  COHERE_BASE_URL=${url} COHERE_API_KEY=${keys.active} npm start`,
    '',
    'Try it',
    `  curl ${url}/v2/rerank -H 'Authorization: Bearer ${keys.active}' -H 'Content-Type: application/json' \\`,
    `    -d '{"model":"rerank-v5.0-fast","query":"capital of France","documents":["Berlin is a city.","Paris is the capital of France."]}'`,
    '',
    'Ctrl+C stops it.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** Said when the emulator listens where other machines can reach it. */
export function exposureWarning(host: string): string {
  return (
    `Listening on ${host}: whoever can reach this machine can use the emulator. Its keys are known to ` +
    `everybody, it has no TLS, and it keeps the latest requests, documents included, in memory.\n`
  );
}
