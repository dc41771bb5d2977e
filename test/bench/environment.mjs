const UNWANTED = /^(COHERE_|CO_API_KEY$|NODE_OPTIONS$|OTEL_|https?_proxy$|no_proxy$)/i;

/** The environment of a measured process: nothing in it configures a contender but what is added here. */
export function environment(added = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !UNWANTED.test(name));
  return { ...Object.fromEntries(inherited), ...added };
}
