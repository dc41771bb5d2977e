const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

// Set by the transport for every request, or refused by undici.
const OWN_FIELDS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

/** Why a header cannot be sent with every request; `undefined` when it can. Never holds the value. */
export function headerDefect(name: string, value: unknown): string | undefined {
  if (name.toLowerCase() === 'authorization') {
    return 'Authorization holds the API key and is set by the module';
  }
  if (OWN_FIELDS.has(name.toLowerCase())) {
    return 'it belongs to the connection, not to the request';
  }
  if (!NAME.test(name)) {
    return 'its name holds a character that no header name may have';
  }
  if (typeof value !== 'string') {
    return 'its value is not a string';
  }
  return VALUE.test(value) ? undefined : 'its value holds a character that no header may have';
}
