import Joi from 'joi';

export interface Explained {
  readonly results: readonly {
    readonly id: string;
    readonly title: string;
    readonly text: string;
    readonly relevanceScore: number;
    readonly passages: readonly {
      readonly field: 'title' | 'text';
      readonly start: number;
      readonly end: number;
    }[];
  }[];
  readonly usage: { readonly searchUnits: number; readonly inputTokens: number };
  readonly model: string;
  readonly explanation: { readonly candidates: readonly { readonly id: string }[] };
}

const explained = Joi.object<Explained>({
  results: Joi.array().items(
    Joi.object({
      id: Joi.string().required(),
      language: Joi.string().required(),
      title: Joi.string().required(),
      text: Joi.string().required(),
      category: Joi.string().required(),
      relevanceScore: Joi.number().required(),
      passages: Joi.array().required(),
    }),
  ),
  usage: Joi.object().required(),
  model: Joi.string().required(),
  explanation: Joi.object({
    candidates: Joi.array().required(),
    rerankMs: Joi.number().integer().min(0).required(),
  }).required(),
});

/** Sends the search that the page sends. */
export async function explainedSearch(url: string, query: string): Promise<Explained> {
  const response = await fetch(`${url}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, topN: 5, explain: true }),
  });
  return Joi.attempt(await response.json(), explained);
}
