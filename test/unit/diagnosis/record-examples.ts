import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type Dispatcher } from 'undici';
import type { CohereModuleOptions } from '../../../lib/config/settings.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import { DIAGNOSIS_CODES, type DiagnosisCode } from '../../../lib/diagnosis/catalogue.js';
import { classifyResponse } from '../../../lib/diagnosis/classify-response.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { DiagnosedError, problemsOf } from '../../../lib/diagnosis/errors.js';
import { CohereEmulator, type EmulatorFault } from '../../../lib/testing/index.js';
import { CohereTransport } from '../../../lib/transport/cohere-transport.js';
import { describeSecret } from '../../../lib/transport/key-facts.js';
import { withTrialPolicy } from '../../../lib/transport/key-check.js';
import { ApiKeyService } from '../../../lib/transport/api-key.service.js';
import { rerankProof } from '../../../lib/rerank/rerank-proof.js';
import { RERANK } from './fixtures.js';
import { ROWS } from './rows/rows.js';
import { copyRequest } from '../../../lib/rerank/check-request.js';

/** Made for this: no key of anybody's, and the same at every recording. */
const KEY = 'Ex4mpl3K3y0fTh3D0cum3ntat10nN0tR34l00001';
const TIMEOUT_MS = 1_000;
/** The emulator makes a new one for every response. */
const REQUEST_ID = '07734bd2247340f794e10d9f0e6843cf';

type Mode = 'key' | 'model' | 'rerank';

/**
 * Returns one occurrence of every code, for docs/errors.md: the configuration is resolved with a bad
 * value, or the key check asks the emulator in Cohere's place.
 */
export async function recordExamples(): Promise<ReadonlyMap<DiagnosisCode, Diagnosis>> {
  const recorded: Partial<Record<DiagnosisCode, Diagnosis>> = await recordKnown();
  return new Map(DIAGNOSIS_CODES.map((code) => [code, recorded[code] ?? classified(code)]));
}

/** A code without an example of its own: what is made of the response in its first test row. */
function classified(code: DiagnosisCode): Diagnosis {
  const row = ROWS.find((candidate) => candidate.code === code);
  if (row === undefined) {
    throw new Error(`${code} has neither a row in test/unit/diagnosis/rows nor an example here.`);
  }
  return classifyResponse(row.response, row.context ?? RERANK);
}

async function recordKnown(): Promise<Partial<Record<DiagnosisCode, Diagnosis>>> {
  return {
    COHERE_API_KEY_MISSING: await resolved({}),
    COHERE_API_KEY_MALFORMED: await resolved({ COHERE_API_KEY: `"${KEY}"` }),
    COHERE_API_KEY_PLACEHOLDER: await resolved({ COHERE_API_KEY: 'your-api-key' }),
    COHERE_API_KEY_FOREIGN: await resolved({
      COHERE_API_KEY: 'hf_0123456789abcdefghijABCDEFGHIJ0123',
    }),
    COHERE_API_KEY_FILE_UNREADABLE: await resolved({ COHERE_API_KEY_FILE: '/nowhere/key' }),
    COHERE_API_KEY_SOURCE_FAILED: await resolved({}, { apiKey: () => Promise.reject(new Error()) }),
    COHERE_API_KEY_REJECTED: await asked({ state: 'revoked' }),
    COHERE_API_KEY_EXPIRED: await asked({ state: 'expired' }),
    COHERE_API_KEY_FORBIDDEN: await asked({ state: 'no-rerank', mode: 'rerank' }),
    COHERE_API_KEY_WRONG_ORGANIZATION: await asked({ organizationId: 'org-production' }),
    COHERE_API_KEY_TRIAL: await asked({ state: 'trial', onTrialKey: 'fail' }),
    COHERE_CONFIG_INVALID: await resolved({ COHERE_API_KEY: KEY, COHERE_TIMEOUT_MS: 'soon' }),
    COHERE_REQUEST_INVALID: diagnosisOf(() => copyRequest({ query: ' ', documents: ['a'] })),
    COHERE_MODEL_NOT_FOUND: await asked({ mode: 'model', model: 'rerank-v0' }),
    COHERE_RATE_LIMITED: await asked({ state: 'trial', mode: 'rerank', times: 11 }),
    COHERE_QUOTA_EXHAUSTED: await asked({
      mode: 'rerank',
      fault: {
        kind: 'status',
        status: 429,
        message: 'You are using a Trial key, which is limited to 1000 API calls / month.',
      },
    }),
    COHERE_BILLING_REQUIRED: await asked({ state: 'unpaid', mode: 'rerank' }),
    COHERE_UNREACHABLE: await asked({ through: unresolvable }),
    COHERE_BLOCKED: await asked({ fault: { kind: 'html', status: 403 } }),
    COHERE_UPSTREAM_ERROR: await asked({ fault: { kind: 'status', status: 503 } }),
    COHERE_RESPONSE_INVALID: await asked({ fault: { kind: 'non-json' } }),
    COHERE_TIMEOUT: await asked({ fault: { kind: 'hang' } }),
  };
}

/** What the configuration says, with the variables in the third line of a .env file that was loaded. */
async function resolved(
  variables: Readonly<Record<string, string>>,
  options: CohereModuleOptions = {},
): Promise<Diagnosis> {
  return withWorkingDirectory(variables, async (workingDirectory) => {
    try {
      await resolveConfiguration(options, { variables, workingDirectory });
    } catch (error) {
      const diagnosis = diagnosisOf(() => {
        throw error;
      });
      return { ...diagnosis, detail: diagnosis.detail.replace(workingDirectory, '/app') };
    }
    throw new Error('The configuration is right after all.');
  });
}

interface Question {
  readonly state?: 'active' | 'revoked' | 'expired' | 'no-rerank' | 'trial' | 'unpaid';
  readonly mode?: Mode;
  readonly model?: string;
  readonly fault?: EmulatorFault;
  readonly times?: number;
  readonly organizationId?: string;
  readonly onTrialKey?: 'warn' | 'fail';
  readonly through?: (emulator: CohereEmulator) => Dispatcher;
}

/** What the startup check says, with the emulator at the address of Cohere. */
async function asked({
  state = 'active',
  mode = 'key',
  model,
  fault,
  times = 1,
  organizationId,
  onTrialKey = 'warn',
  through = toEmulator,
}: Question): Promise<Diagnosis> {
  const emulator = await CohereEmulator.start({ keys: { [KEY]: state } });
  const dispatcher = through(emulator);
  const variables = { COHERE_API_KEY: KEY };
  try {
    if (fault !== undefined) {
      emulator.fail(fault, { times: Infinity });
    }
    return await withWorkingDirectory(variables, async (workingDirectory) => {
      const configuration = await resolveConfiguration(
        { dispatcher, organizationId, ...(model === undefined ? {} : { model }) },
        { variables, workingDirectory },
      );
      const { settings, apiKey: key, keySource: source } = configuration;
      const transport = new CohereTransport(settings);
      const proof = rerankProof(settings);
      const apiKey = new ApiKeyService({ transport, source, key, proof, organizationId });
      let diagnosis: Diagnosis | undefined;
      for (let time = 0; time < times; time += 1) {
        // oxlint-disable-next-line no-await-in-loop
        const findings = await apiKey.probe({
          mode,
          timeoutMs: TIMEOUT_MS,
          timeoutSetting: 'COHERE_STARTUP_CHECK_TIMEOUT_MS',
          maxRetries: 0,
          findsTrialKeys: onTrialKey === 'fail',
        });
        const keyName = key === undefined ? source.name : describeSecret(key, source.name);
        ({ diagnosis } = withTrialPolicy(findings, onTrialKey, keyName));
      }
      if (diagnosis === undefined) {
        throw new Error('Nothing is wrong after all.');
      }
      return withFixedId(await configuration.describeVerdict(diagnosis));
    });
  } finally {
    await dispatcher.destroy();
    await emulator.stop();
  }
}

function toEmulator(emulator: CohereEmulator): Dispatcher {
  return new Agent().compose(
    (dispatch) => (options, handler) => dispatch({ ...options, origin: emulator.url }, handler),
  );
}

function unresolvable(): Dispatcher {
  return new Agent({
    connect: {
      lookup: (hostname, _options, callback) => {
        const error = Object.assign(new Error(), { code: 'ENOTFOUND', hostname });
        callback(error, []);
      },
    },
  });
}

function withFixedId(diagnosis: Diagnosis): Diagnosis {
  const { upstream } = diagnosis;
  return upstream?.requestId === undefined
    ? diagnosis
    : { ...diagnosis, upstream: { ...upstream, requestId: REQUEST_ID } };
}

async function withWorkingDirectory<T>(
  variables: Readonly<Record<string, string>>,
  run: (path: string) => Promise<T>,
): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'nestjs-cohere-examples-'));
  const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  if (lines.length > 0) {
    writeFileSync(join(path, '.env'), ['PORT=3000', 'LOG_LEVEL=info', ...lines, ''].join('\n'));
  }
  try {
    return await run(path);
  } finally {
    rmSync(path, { recursive: true });
  }
}

function diagnosisOf(run: () => unknown): Diagnosis {
  try {
    run();
  } catch (error) {
    const [first] = error instanceof DiagnosedError ? problemsOf(error) : [];
    if (first !== undefined) {
      return first;
    }
    throw error;
  }
  throw new Error('Nothing is wrong after all.');
}
