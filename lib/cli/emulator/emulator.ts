import { BlockList, isIP } from 'node:net';
import type { RecordedRequest } from '../../testing/emulator/journal.js';
import { fingerprint } from '../../config/api-key/secret.js';
import type { KeyState, ReadyMadeKeys } from '../../testing/emulator/keys.js';
import type { CliIo } from '../usage.js';
import {
  DEFAULT_PORT,
  type EmulatorArguments,
  parseEmulatorArguments,
} from './emulator-arguments.js';
import { CohereEmulator } from '../../testing/emulator/cohere-emulator.js';

// sysexits.h
const EX_UNAVAILABLE = 69;

const EMULATOR_USAGE = `Usage: nestjs-cohere emulator [options]

A local Cohere for tests and demos: rerank, key check and models, without a network or an account.

Options:
  --port PORT        Default ${DEFAULT_PORT}; 0 takes any free port.
  --key KEY[=STATE]  An additional key; may be repeated. STATE is active (default), trial, expired, revoked,
                     no-rerank or unpaid.
  --latency MS       Minimum delay of every response. Default 0.
  --host ADDRESS     Default 127.0.0.1, which other machines cannot reach.
  --accept-legacy-fields
                     /v2/rerank accepts return_documents, as it did until November 2024.
  -h, --help         Show this.
`;

/**
 * Runs `nestjs-cohere emulator` until SIGINT or SIGTERM.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function emulator(commandArguments: readonly string[], io: CliIo): Promise<number> {
  const wanted = parseEmulatorArguments(commandArguments);
  if (wanted.help) {
    io.stdout.write(EMULATOR_USAGE);
    return 0;
  }
  return run(wanted, io);
}

async function run(wanted: EmulatorArguments, io: CliIo): Promise<number> {
  const { port, host, latencyMs, keys, acceptLegacyFields } = wanted;
  const onRequest = (request: RecordedRequest) => io.stdout.write(logLine(request));
  let running: CohereEmulator;
  try {
    running = await CohereEmulator.start({
      port,
      host,
      latencyMs,
      keys,
      acceptLegacyFields,
      onRequest,
    });
  } catch (error) {
    io.stderr.write(cannotListen(error, port, host));
    return EX_UNAVAILABLE;
  }
  if (host !== undefined && !isLoopback(host)) {
    io.stderr.write(exposureWarning(host));
  }
  io.stdout.write(emulatorBanner(running, keys));
  await stopSignal();
  await running.stop();
  io.stdout.write(`Stopped after ${running.counters.requests} requests.\n`);
  return 0;
}

function logLine({
  method,
  path,
  status,
  durationMs,
  fingerprint: key,
  at,
}: RecordedRequest): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const took = `${(durationMs ?? 0).toFixed(1)} ms`;
  return `${time}  ${method} ${path}  ${status ?? 'no answer'}  ${took}  ${key ?? 'no key'}\n`;
}

function cannotListen(error: unknown, port: number, host: string | undefined): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use. Choose another with --port, or --port 0 for any that is free.\n`;
    case 'EACCES':
      return `This user may not listen on port ${port}. Choose one from 1024 up with --port.\n`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host ?? ''}. Leave --host out, or use one of its own addresses.\n`;
    default:
      return `The emulator cannot listen: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0
    ? host === 'localhost'
    : LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

const ABOUT_KEYS = [
  ['active', 'active', 'no limits'],
  ['trial', 'trial', '10 reranks a minute, 1,000 a month'],
  ['expired', 'expired', '401 Your API key has expired …'],
  ['revoked', 'revoked', '401 invalid api token'],
  ['no-rerank', 'noRerank', 'valid, but 403 for a rerank'],
  ['unpaid', 'unpaid', 'valid, but 402 for a rerank'],
] as const satisfies readonly (readonly [KeyState, keyof ReadyMadeKeys, string])[];

const STATE_WIDTH = 11;

/** Returns the first steps: the address, the keys, and a command to paste. */
function emulatorBanner(
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
    // These may be real keys: named, never printed.
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

/** Printed when the emulator listens where other machines can reach it. */
function exposureWarning(host: string): string {
  return (
    `Listening on ${host}: anyone who can reach this machine can use the emulator. Its keys are public, ` +
    `it has no TLS, and it keeps the latest requests, documents included, in memory.\n`
  );
}
