/** How keys of other providers begin. The first match counts, so a longer prefix stands before a shorter one. */
const FOREIGN_KEYS: readonly { readonly provider: string; readonly shape: RegExp }[] = [
  { provider: 'Anthropic', shape: /^sk-ant-/ },
  { provider: 'OpenRouter', shape: /^sk-or-/ },
  { provider: 'Langfuse', shape: /^[sp]k-lf-/ },
  { provider: 'OpenAI', shape: /^sk-(?:proj|svcacct|admin)-/ },
  { provider: 'OpenAI', shape: /^sk-/ },
  { provider: 'Hugging Face', shape: /^hf_/ },
  { provider: 'Google', shape: /^AIza[\w-]{35}$/ },
  { provider: 'Groq', shape: /^gsk_/ },
  { provider: 'Jina AI', shape: /^jina_/ },
  { provider: 'Voyage AI', shape: /^pa-/ },
  { provider: 'Perplexity', shape: /^pplx-/ },
  { provider: 'xAI', shape: /^xai-/ },
  { provider: 'Replicate', shape: /^r8_/ },
  { provider: 'LangSmith', shape: /^lsv2_/ },
  { provider: 'NVIDIA', shape: /^nvapi-/ },
  { provider: 'Pinecone', shape: /^pcsk_/ },
  { provider: 'GitHub', shape: /^(?:gh[pousr]|github_pat)_/ },
  { provider: 'GitLab', shape: /^glpat-/ },
  { provider: 'npm', shape: /^npm_/ },
  { provider: 'Slack', shape: /^xox[abprs]-/ },
  // Without a separator in the prefix only the exact length tells them from a key of Cohere.
  { provider: 'Amazon Web Services', shape: /^(?:AKIA|ASIA)[A-Z0-9]{16}$/ },
  { provider: 'Stripe', shape: /^[srp]k_(?:live|test)_/ },
];

const JSON_WEB_TOKEN = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

/** The provider whose key this certainly is. */
export function foreignProvider(value: string): string | undefined {
  return FOREIGN_KEYS.find(({ shape }) => shape.test(value))?.provider;
}

export function isJsonWebToken(value: string): boolean {
  return JSON_WEB_TOKEN.test(value);
}
