/** Prefixes of keys of other providers. The first match counts, so a longer prefix comes before a shorter one. */
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
  // Without a separator in the prefix, only the exact length distinguishes them from Cohere's keys.
  { provider: 'Amazon Web Services', shape: /^(?:AKIA|ASIA)[A-Z0-9]{16}$/ },
  { provider: 'Stripe', shape: /^[srp]k_(?:live|test)_/ },
];

const JSON_WEB_TOKEN = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

/** Returns the provider of a key, if certain. */
export function foreignProvider(value: string): string | undefined {
  return FOREIGN_KEYS.find(({ shape }) => shape.test(value))?.provider;
}

export function isJsonWebToken(value: string): boolean {
  return JSON_WEB_TOKEN.test(value);
}

/** Words of examples. A value that consists only of them is an example, not a key. */
const WORDS = [
  'your', 'my', 'our', 'the', 'cohere', 'rerank', 'api', 'key', 'keys', 'token', 'secret', 'password',
  'here', 'goes', 'insert', 'enter', 'put', 'paste', 'add', 'set', 'use', 'replace', 'with', 'change',
  'this', 'me', 'it', 'to', 'be', 'real', 'actual', 'valid', 'some', 'any', 'new', 'old', 'example',
  'sample', 'demo', 'dummy', 'fake', 'mock', 'test', 'testing', 'placeholder', 'value', 'string', 'default',
  'todo', 'tbd', 'fixme', 'none', 'null', 'nil', 'nan', 'undefined', 'empty', 'unset', 'missing',
  'unknown', 'required', 'optional', 'redacted', 'hidden', 'masked', 'removed', 'true', 'false', 'yes', 'no',
  'trial', 'production', 'prod', 'development', 'dev', 'staging', 'local', 'env', 'variable', 'co', 'na',
  'foo', 'bar', 'baz', 'qux', 'abc', 'lorem', 'ipsum', 'invalid', 'wrong', 'bad', 'x',
]; // prettier-ignore

// Longer values do not consist of words, and the limit bounds the search.
const LONGEST_EXAMPLE = 64;
const MADE_OF_WORDS = new RegExp(`^(?:${WORDS.join('|')})+$`);
const FILLER =
  /^(?:[x*.\-_#?+=~•…·]+|[a-z]{2,8}[-_](?:x{3,}|\*{3,}|\.{3,})|\[object \w+\]|12345(?:6(?:7(?:8(?:90?)?)?)?)?)$/i;

/** Returns true for an example in place of a key: `your-api-key`, `changeme`, `xxxx`, `null`. */
export function isPlaceholder(value: string): boolean {
  if (value.length > LONGEST_EXAMPLE) {
    return /^[x*.]+$/i.test(value);
  }
  const letters = value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
    .replace(/\d{1,4}$/, '');
  return FILLER.test(value) || (/^[\x20-\x7e]*$/.test(value) && MADE_OF_WORDS.test(letters));
}
