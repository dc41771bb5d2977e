import { MESSAGES, Refusal } from './wire.js';

/** A model as `/v1/models` describes it. */
export interface EmulatedModel {
  readonly name: string;
  readonly endpoints: readonly string[];
  readonly contextLength: number;
  /** Endpoints whose default model this is. */
  readonly defaultEndpoints?: readonly string[];
  /** True for a model that supports `relevant_spans` and bills input tokens. */
  readonly relevantSpans?: boolean;
  readonly isDeprecated?: boolean | undefined;
}

/**
 * A rerank model of the emulator, built-in or additional.
 *
 * @publicApi
 */
export interface EmulatorModel {
  /** The model id. */
  readonly name: string;
  /** The value of `is_deprecated` in `/v1/models`. Default: left out, as in recorded responses. */
  readonly isDeprecated?: boolean | undefined;
}

const RERANK = ['rerank'] as const;

/** https://docs.cohere.com/docs/models, as far as rerank needs them; the last three serve other endpoints. */
const MODELS: readonly EmulatedModel[] = [
  { name: 'rerank-v5.0-pro', endpoints: RERANK, contextLength: 32_768, relevantSpans: true },
  { name: 'rerank-v5.0-fast', endpoints: RERANK, contextLength: 32_768, relevantSpans: true },
  { name: 'rerank-v4.0-pro', endpoints: RERANK, contextLength: 32_768 },
  { name: 'rerank-v4.0-fast', endpoints: RERANK, contextLength: 32_768 },
  { name: 'rerank-v3.5', endpoints: RERANK, contextLength: 4_096, defaultEndpoints: RERANK },
  { name: 'rerank-english-v3.0', endpoints: RERANK, contextLength: 4_096 },
  { name: 'rerank-multilingual-v3.0', endpoints: RERANK, contextLength: 4_096 },
  { name: 'command-a-03-2025', endpoints: ['chat'], contextLength: 288_000 },
  { name: 'command-r7b-12-2024', endpoints: ['chat'], contextLength: 132_000 },
  { name: 'embed-v4.0', endpoints: ['embed'], contextLength: 128_000 },
];

/** https://docs.cohere.com/docs/deprecations */
const REMOVED: ReadonlyMap<string, string> = new Map([
  ['rerank-english-v2.0', 'April 30, 2025'],
  ['rerank-multilingual-v2.0', 'April 30, 2025'],
  ['command-r-plus', 'September 15, 2025'],
]);

/** Looks up models like Cohere, errors included. */
export class ModelCatalogue {
  readonly #models: ReadonlyMap<string, EmulatedModel>;

  constructor(extra: readonly (string | EmulatorModel)[] = []) {
    const models = new Map(MODELS.map((model) => [model.name, model]));
    for (const given of extra) {
      const model = typeof given === 'string' ? { name: given } : given;
      const known = models.get(model.name) ?? { endpoints: RERANK, contextLength: 32_768 };
      models.set(model.name, { ...known, ...model });
    }
    this.#models = models;
  }

  all(): readonly EmulatedModel[] {
    return [...this.#models.values()];
  }

  /** Throws the 404 for a model that does not exist or is retired. */
  find(name: string): EmulatedModel {
    const model = this.#models.get(name);
    if (model !== undefined) {
      return model;
    }
    const removedOn = REMOVED.get(name);
    throw new Refusal(
      404,
      removedOn === undefined
        ? MESSAGES.unknownModel(name)
        : MESSAGES.removedModel(name, removedOn),
    );
  }

  /** Does the same as `find`, but throws the 400 for a model of another endpoint. */
  findFor(endpoint: string, name: string): EmulatedModel {
    const model = this.find(name);
    if (!model.endpoints.includes(endpoint)) {
      throw new Refusal(400, MESSAGES.unsupportedModel(name, endpoint));
    }
    return model;
  }
}
