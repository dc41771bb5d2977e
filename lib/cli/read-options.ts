import { parseArgs } from 'node:util';
import { closestName } from '../config/closest-name.js';
import { quoteArgument } from './usage.js';

/** A wrong command line. The message quotes no value, because that could be a key. */
export class UsageError extends Error {}

type Options = Readonly<
  Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>
>;

/** The options and other words of a command line. */
export interface ReadOptions<Name> {
  has(name: Name): boolean;
  /** The value of an option; the last one counts. */
  text(name: Name): string | undefined;
  texts(name: Name): readonly string[];
  readonly words: readonly string[];
}

/**
 * Reads the words after the name of a command. The messages of parseArgs itself quote whole arguments.
 *
 * @throws UsageError for an unknown option, a missing or superfluous value, and a word unless `takesWords` is set
 */
export function readOptions<O extends Options>(
  command: string,
  given: readonly string[],
  options: O,
  takesWords = false,
): ReadOptions<keyof O & string> {
  const { tokens } = parseArgs({
    args: [...given],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option') {
      checkOption(command, token, options);
      values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? '']);
    } else if (token.kind === 'positional') {
      words.push(token.value);
    }
  }
  if (words.length > 0 && !takesWords) {
    throw new UsageError(`${command} takes options only.`);
  }
  return {
    has: (name) => values.has(name),
    text: (name) => values.get(name)?.at(-1),
    texts: (name) => values.get(name) ?? [],
    words,
  };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkOption(
  command: string,
  { name, rawName, value, inlineValue }: OptionToken,
  options: Options,
): void {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const meant = closestName(
      rawName,
      Object.keys(options).map((known) => `--${known}`),
    );
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw new UsageError(`${command} does not know the option ${quoteArgument(rawName)}.${hint}`);
  }
  if (option.type === 'boolean' && value !== undefined) {
    throw new UsageError(`--${name} takes no value.`);
  }
  const isNextOption = inlineValue !== true && value?.startsWith('--') === true;
  if (option.type === 'string' && (value === undefined || value === '' || isNextOption)) {
    throw new UsageError(`--${name} needs a value.`);
  }
}
