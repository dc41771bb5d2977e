import { describe, expect, it } from 'vitest';
import { environment, KEY, OTHER_KEY } from './working-directory.js';
import {
  describeOrigin,
  entriesOf,
  locateVariable,
  readEnvFiles,
} from '../../../lib/config/env-files.js';

const NAME = 'COHERE_API_KEY';

async function placesIn(content: string): Promise<(readonly [string, string])[]> {
  const files = await readEnvFiles(environment({}, { '.env': content }));
  return entriesOf(files, NAME).map(({ place, value }) => [place, value]);
}

async function originIn(
  value: string,
  files: Record<string, string>,
  envFilePaths?: readonly string[],
): Promise<string | undefined> {
  const origin = await locateVariable(NAME, environment({ [NAME]: value }, files, envFilePaths));
  return origin === undefined ? undefined : describeOrigin(NAME, origin);
}

describe('the line of a variable in a .env file', () => {
  it.each<[string, string, [string, string][]]>([
    ['plain', `${NAME}=${KEY}`, [['.env:1', KEY]]],
    [
      'after comments and blank lines',
      `# a\n\n  # ${NAME}=no\n${NAME}=${KEY}\n`,
      [['.env:4', KEY]],
    ],
    ['with export', `A=1\nexport ${NAME}=${KEY}`, [['.env:2', KEY]]],
    ['with blanks around', `A=1\n   ${NAME} = ${KEY}  \n`, [['.env:2', KEY]]],
    ['in double quotes', `${NAME}="${KEY}"`, [['.env:1', KEY]]],
    ['in single quotes', `${NAME}='${KEY}' # comment`, [['.env:1', KEY]]],
    ['in back-ticks', `${NAME}=\`${KEY}\``, [['.env:1', KEY]]],
    ['in YAML style', `${NAME}: ${KEY}`, [['.env:1', KEY]]],
    ['with a comment behind', `${NAME}=${KEY} # ${NAME}=no`, [['.env:1', KEY]]],
    ['with CRLF', `A=1\r\n# x\r\n${NAME}=${KEY}\r\nB=2\r\n`, [['.env:3', KEY]]],
    ['with old Mac line ends', `A=1\r${NAME}=${KEY}\r`, [['.env:2', KEY]]],
    ['with a byte order mark', `\ufeff${NAME}=${KEY}`, [['.env:1', KEY]]],
    ['empty', `${NAME}=\nA=1`, [['.env:1', '']]],
    ['over several lines', `A=1\n${NAME}="one\ntwo"\nB=2`, [['.env:2', 'one\ntwo']]],
    ['not as a part of another name', `MY_${NAME}=a\n${NAME}_FILE=b\n${NAME}.x=c`, []],
    ['not as the value of another', `A=${NAME}\nB=$${NAME}`, []],
    [
      'twice: the last line wins',
      `${NAME}=a\nB=1\n${NAME}=b`,
      [
        ['.env:3', 'b'],
        ['.env:1', 'a'],
      ],
    ],
    ['not there', 'A=1', []],
  ])('is found %s', async (_, content, places) => {
    expect(await placesIn(content)).toEqual(places);
  });

  it('equals what dotenv reads, value for value', async () => {
    const content = `A='x\n${NAME}=1\n'\n${NAME}="q\\n\\"w"\nexport ${NAME}='z # z' # z\n`;
    const [file] = await readEnvFiles(environment({}, { '.env': content }));
    const [winner] = entriesOf(file === undefined ? [] : [file], NAME);

    expect(winner?.value).toBe(file?.values[NAME]);
  });
});

describe('the origin of a variable', () => {
  it('is the environment when no file sets it', async () => {
    expect(await originIn(KEY, {})).toBe(`${NAME} from the environment`);
  });

  it('is the line of the .env file that ConfigModule copied into the environment', async () => {
    expect(await originIn(KEY, { '.env': `A=1\n\n${NAME}=${KEY}\n` })).toBe(`${NAME} from .env:3`);
  });

  it('is the environment when it hides another value of a file', async () => {
    expect(await originIn(KEY, { '.env': `A=1\n\n${NAME}=${OTHER_KEY}\n` })).toBe(
      `${NAME} from the environment (overrides .env:3, another value)`,
    );
  });

  it('is the first of several files, which hides the others', async () => {
    const files = { '.env.local': `${NAME}=${KEY}`, '.env': `#\n${NAME}=${OTHER_KEY}` };

    expect(await originIn(KEY, files, ['.env.local', '.env'])).toBe(
      `${NAME} from .env.local:1 (overrides .env:2, another value)`,
    );
  });

  it('reports a second source with the same value', async () => {
    const files = { 'a.env': `${NAME}=${KEY}`, 'b.env': `${NAME}=${KEY}` };

    expect(await originIn(KEY, files, ['a.env', 'missing.env', 'b.env'])).toBe(
      `${NAME} from a.env:1 (overrides b.env:1, the same value)`,
    );
  });

  it('is the last of two lines in one file', async () => {
    expect(await originIn(KEY, { '.env': `${NAME}=${OTHER_KEY}\n${NAME}=${KEY}` })).toBe(
      `${NAME} from .env:2 (overrides .env:1, another value)`,
    );
  });

  it('is the file that holds the value, whichever of the usual ones was loaded', async () => {
    const files = { '.env': `${NAME}=${OTHER_KEY}`, '.env.local': `#\n${NAME}=${KEY}` };

    expect(await originIn(KEY, files, ['.env', '.env.local'])).toBe(
      `${NAME} from .env.local:2 (overrides .env:1, another value)`,
    );
  });

  it('is not a line that a later one of the same file overrides', async () => {
    expect(await originIn(KEY, { '.env': `${NAME}=${KEY}\n${NAME}=${OTHER_KEY}` })).toBe(
      `${NAME} from the environment (overrides .env:2, another value; .env:1, the same value)`,
    );
  });

  it('is nowhere when the variable is not set', async () => {
    expect(
      await locateVariable(NAME, environment({}, { '.env': `${NAME}=${KEY}` })),
    ).toBeUndefined();
  });
});
