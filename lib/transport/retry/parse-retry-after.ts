const SECONDS = /^\d+(?:\.\d+)?$/;
// Both forms of RFC 9110 that name their zone; Date.parse alone reads a date into nearly anything.
const HTTP_DATE = /^[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds that a `Retry-After` header asks to wait: seconds, with or without a fraction, or an HTTP
 * date. What is negative or unreadable is ignored.
 *
 * @param now milliseconds since 1970
 */
export function parseRetryAfter(
  header: string | readonly string[] | undefined,
  now: number,
): number | undefined {
  const value = (typeof header === 'object' ? header[0] : header)?.trim();
  if (value === undefined) {
    return undefined;
  }
  if (SECONDS.test(value)) {
    return Math.ceil(Number(value) * 1_000);
  }
  if (!HTTP_DATE.test(value)) {
    return undefined;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
