/** The capabilities of a terminal. */
export interface TerminalCapabilities {
  readonly color: boolean;
  /** Characters in a line. */
  readonly width: number;
  readonly unicode: boolean;
}

const DEFAULT_WIDTH = 100;
/** The eye loses longer lines. */
const MAX_WIDTH = 200;

/**
 * Colour only on a terminal, unless FORCE_COLOR or NO_COLOR (https://no-color.org) says otherwise; Unicode
 * only where the locale is UTF-8.
 */
export function readTerminalCapabilities(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  environment: Readonly<Record<string, string | undefined>>,
): TerminalCapabilities {
  const columns = stream.isTTY === true ? stream.columns : undefined;
  return {
    color: wantsColor(stream.isTTY === true, environment),
    width: columns === undefined || columns < 1 ? DEFAULT_WIDTH : Math.min(columns, MAX_WIDTH),
    unicode: hasUnicodeLocale(environment),
  };
}

function wantsColor(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) {
    // Node's own values; an empty one counts as set.
    return ['', '1', '2', '3', 'true'].includes(forced);
  }
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return isTerminal && !refused;
}

/** The first that is set decides, as in POSIX. */
function hasUnicodeLocale(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = ['LC_ALL', 'LC_CTYPE', 'LANG']
    .map((name) => environment[name])
    .find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}
