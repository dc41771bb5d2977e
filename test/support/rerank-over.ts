import { onTestFinished } from 'vitest';
import { ScoreCache } from '../../lib/rerank/score-cache.js';
import type { ApiKeyHolder } from '../../lib/transport/api-key-holder.js';
import { ApiKeyService, type ApiKeyServiceOptions } from '../../lib/transport/api-key.service.js';
import type { KeyStatus } from '../../lib/transport/key-facts.js';
import { CohereTransport } from '../../lib/transport/cohere-transport.js';
import type { RerankEndpoint } from '../../lib/rerank/rerank-endpoint.js';
import type { ApiKeySource } from '../../lib/config/api-key/api-key-source.interface.js';
import { Secret } from '../../lib/config/api-key/secret.js';
import { resolveSettings } from '../../lib/config/resolve-settings.js';
import type { Diagnosis } from '../../lib/diagnosis/diagnosis.interface.js';
import type { CohereSettings } from '../../lib/config/resolved-configuration.interface.js';
import { rerankProof } from '../../lib/rerank/rerank-proof.js';
import { RerankService } from '../../lib/rerank/rerank.service.js';
import { KEY } from './keys.js';

/** A key source that says what a test tells it to. */
export class FakeKeySource implements ApiKeySource {
  readonly name = 'COHERE_API_KEY';
  value: string | Error;
  /** What `mayHaveChanged` answers. */
  changed = false;
  reads = 0;

  constructor(value: string = KEY) {
    this.value = value;
  }

  async read(): Promise<Secret> {
    this.reads += 1;
    await new Promise(setImmediate);
    if (this.value instanceof Error) {
      throw this.value;
    }
    this.changed = false;
    return new Secret(this.value);
  }

  mayHaveChanged(): Promise<boolean> {
    return Promise.resolve(this.changed);
  }
}

/** A key source that may have another key by now, and never gives it. */
export class HangingKeySource extends FakeKeySource {
  override changed = true;

  override read(): Promise<Secret> {
    return new Promise(() => undefined);
  }
}

export function settingsFor(
  baseUrl: string,
  overrides: Partial<CohereSettings> = {},
): CohereSettings {
  return { ...resolveSettings({ baseUrl, startupCheck: 'off' }, {}), ...overrides };
}

export interface RerankRig {
  readonly service: RerankService;
  readonly transport: CohereTransport;
  readonly keys: ApiKeyHolder;
  readonly source: FakeKeySource;
}

interface RigOptions extends Partial<CohereSettings> {
  readonly source?: FakeKeySource;
  readonly endpoint?: RerankEndpoint | undefined;
  readonly warn?: ((message: string) => void) | undefined;
  readonly onDegraded?: ((diagnosis: Diagnosis) => void) | undefined;
  /** The clock of the key holder. */
  readonly now?: () => number;
}

/** A service over a base URL, as the module would wire it; it closes with the test. */
export function rerankOver(
  baseUrl: string,
  {
    source = new FakeKeySource(),
    endpoint,
    onDegraded,
    warn = () => undefined,
    now,
    ...overrides
  }: RigOptions = {},
): RerankRig {
  const settings = settingsFor(baseUrl, overrides);
  const transport = new CohereTransport(settings);
  const initial = new Secret(typeof source.value === 'string' ? source.value : KEY);
  const apiKey = keyOver(transport, settings, { source, key: initial, now });
  const service = new RerankService({
    settings,
    transport,
    apiKey,
    endpoint,
    onDegraded,
    scoreCache:
      settings.scoreCache === undefined
        ? undefined
        : new ScoreCache({ ...settings.scoreCache, deployment: baseUrl, warn }),
  });
  onTestFinished(() => transport.close());
  return { service, transport, keys: apiKey.keys, source };
}

interface KeyRig extends Partial<Omit<ApiKeyServiceOptions, 'transport' | 'proof'>> {
  readonly source?: ApiKeySource;
}

/** The key of a deployment, as the module would wire it. */
export function keyOver(
  transport: CohereTransport,
  settings: CohereSettings,
  { source = new FakeKeySource(), key = new Secret(KEY), ...options }: KeyRig = {},
): ApiKeyService {
  return new ApiKeyService({ transport, proof: rerankProof(settings), source, key, ...options });
}

/** The answer of a Cohere that cannot be asked about a key. */
export const undetermined = (): Promise<KeyStatus> => Promise.resolve({ verdict: 'undetermined' });

/** The error a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}
