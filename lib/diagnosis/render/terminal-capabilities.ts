/** The capabilities of a terminal. */
export interface TerminalCapabilities {
  readonly color: boolean;
  /** The number of characters in a line. */
  readonly width: number;
  readonly unicode: boolean;
}

const DEFAULT_WIDTH = 100;
/** The maximum width; longer lines are hard to read. */
const MAX_WIDTH = 200;

/**
 * Detects colour, only on a terminal unless FORCE_COLOR or NO_COLOR (https://no-color.org) overrides it, and Unicode, only
 * with a UTF-8 locale.
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

/** Reads the locale; the first variable that is set decides, as in POSIX. */
function hasUnicodeLocale(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = ['LC_ALL', 'LC_CTYPE', 'LANG']
    .map((name) => environment[name])
    .find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}

/**
 * Styles a text, but not its leading and trailing blanks.
 *
 * @param style parameters of Select Graphic Rendition, such as `1;31`; empty for none
 */
export function paint(
  text: string,
  style: string,
  { color }: Pick<TerminalCapabilities, 'color'>,
): string {
  const content = text.trim();
  return !color || style === '' || content === ''
    ? text
    : text.replace(content, () => `\u001b[${style}m${content}\u001b[0m`);
}
