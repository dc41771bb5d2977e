import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  describeShadowed,
  entriesOf,
  locateVariable,
  readEnvFiles,
} from '../../../lib/config/env-files.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import { problemsOf } from './resolving.js';
import { KEY, OTHER_KEY, workingDirectory } from './working-directory.js';

const NAME = 'COHERE_API_KEY';

describe('where a value came from', () => {
  it.each([
    ['config/dev.env', `${NAME}=${KEY}`, 'config/dev.env:1'],
    ['.env.staging', `#\n${NAME}=${KEY}`, '.env.staging:2'],
    ['env/.env.local', `${NAME}=${KEY}`, 'env/.env.local:1'],
    ['prod.env', `${NAME}=${KEY}`, 'prod.env:1'],
    ['node_modules/.env', `${NAME}=${KEY}`, 'the environment'],
    ['a/b/.env', `${NAME}=${KEY}`, 'the environment'],
    ['apps/api/.env', `A=1\n${NAME}=${KEY}`, 'apps/api/.env:2'],
    ['apps/api/src/.env', `${NAME}=${KEY}`, 'the environment'],
    ['apps/node_modules/.env', `${NAME}=${KEY}`, 'the environment'],
    ['config/dev.env', `${NAME}=${OTHER_KEY}`, 'the environment'],
    ['.envrc.d/x.env', `export ${NAME}="${KEY}"`, '.envrc.d/x.env:1'],
    ['.git/.env', `${NAME}=${KEY}`, 'the environment'],
    ['x.env.bak', `${NAME}=${KEY}`, 'the environment'],
    ['my.environment', `${NAME}=${KEY}`, 'the environment'],
  ])('is found in %s: %s', async (path, content, place) => {
    const origin = await originWith({ [path]: content }, KEY);

    expect(origin?.place).toBe(place);
  });

  it('is the line of .env.${NODE_ENV} where that was loaded', async () => {
    const files = { '.env': `${NAME}=${OTHER_KEY}`, '.env.test': `A=1\n${NAME}=${KEY}` };
    const origin = await originWith(files, KEY, ['.env', '.env.test']);

    expect(origin?.place).toBe('.env.test:2');
  });

  it('is the first of the other files by their names, those of the working directory before its folders', async () => {
    const line = `${NAME}=${KEY}`;
    const folders = { 'b/.env': line, 'a/z.env': line, 'a/y.env': line };

    expect((await originWith(folders, KEY))?.place).toBe('a/y.env:1');
    expect((await originWith({ ...folders, 'z.env': line, '.env.b': line }, KEY))?.place).toBe(
      '.env.b:1',
    );
  });

  it('is a file elsewhere by its whole path', async () => {
    const file = join(workingDirectory({ 'shared.env': `${NAME}=${KEY}` }), 'shared.env');

    expect((await originWith({}, KEY, [file]))?.place).toBe(`${file}:1`);
  });

  it('is not another file for an empty value, which any of them may have', async () => {
    expect((await originWith({ 'prod.env': `${NAME}=` }, ''))?.place).toBe('the environment');
    expect((await originWith({ '.env': `${NAME}=` }, ''))?.place).toBe('.env:1');
  });

  it('tells what each other place has', async () => {
    const files = { '.env': `${NAME}=${KEY}\n${NAME}=" "\n${NAME}=${OTHER_KEY}` };
    const origin = await originWith(files, KEY);

    expect(origin).toEqual({
      place: 'the environment',
      shadowed: [
        { place: '.env:3', sameValue: false, isEmpty: false },
        { place: '.env:2', sameValue: false, isEmpty: true },
        { place: '.env:1', sameValue: true, isEmpty: false },
      ],
    });
    expect(describeShadowed(origin?.shadowed ?? [])).toBe(
      ' (overrides .env:3, another value; .env:2, empty; .env:1, the same value)',
    );
  });

  it.each([
    '${REAL_KEY}',
    '$REAL_KEY',
    '${REAL_KEY:-no}',
    `\${MISSING:-${KEY}}`,
    `\${MISSING-${KEY}}`,
    `\${MISSING}${KEY}`,
    `${KEY.slice(0, 20)}$END`,
    '${AGAIN}',
    '$HOME_KEY',
  ])('is the line that expandVariables filled in: %s', async (reference) => {
    const parts = `REAL_KEY=${KEY}\nAGAIN=$REAL_KEY\nEND=${KEY.slice(20)}\nHOME_KEY=no`;
    const files = { '.env': `${parts}\n${NAME}=${reference}\n` };

    expect((await originWith(files, KEY, undefined, { HOME_KEY: KEY }))?.place).toBe('.env:5');
  });

  it.each(['$REAL_KEY', '${REAL_KEY}'])('is the line that nothing filled in: %s', async (text) => {
    const files = { '.env': `REAL_KEY=${KEY}\n${NAME}=${text}\n` };

    expect((await originWith(files, text))?.place).toBe('.env:2');
  });

  it.each(['${1A}', '$1', '${REAL KEY}', '${REAL_KEY'])(
    'is not a line that refers to nothing: %s',
    async (reference) => {
      const files = { '.env': `REAL_KEY=${KEY}\n${NAME}=${reference}\n` };

      expect((await originWith(files, KEY))?.place).toBe('the environment');
      expect((await originWith(files, reference))?.place).toBe('.env:2');
    },
  );
});

describe('an empty variable that hides a good line', () => {
  it('is removed by the first fix', async () => {
    const directory = workingDirectory({ '.env': `A=1\n${NAME}=${KEY}\n` });
    const place = { variables: { [NAME]: '' }, workingDirectory: directory };
    const [problem] = await problemsOf(resolveConfiguration({}, place));

    expect(problem?.fix[0]).toBe(
      `Remove the empty ${NAME} from the environment: it overrides the key in .env:2.`,
    );
  });
});

describe('an unusual .env file', () => {
  it.skipIf(process.platform === 'win32')('is not waited for when it is a pipe', async () => {
    const directory = workingDirectory();
    execFileSync('mkfifo', [join(directory, '.env'), join(directory, 'x.env')]);
    const place = { variables: { [NAME]: `"${KEY}"` }, workingDirectory: directory };

    expect(await readEnvFiles(place)).toEqual([]);
    expect(await problemsOf(resolveConfiguration({}, place))).toHaveLength(1);
  });

  it('is skipped if it is a directory', async () => {
    const directory = workingDirectory({ '.env/x': '' });
    const place = { variables: { [NAME]: KEY }, workingDirectory: directory };

    expect((await locateVariable(NAME, place))?.place).toBe('the environment');
  });

  it('is read up to a megabyte, and named when it is larger', async () => {
    const line = `${NAME}=${KEY}\n`;
    const fill = (size: number) => `${line}#${'x'.repeat(size - line.length - 1)}`;
    const missing = await problemsOf(
      resolveConfiguration(
        {},
        { variables: {}, workingDirectory: workingDirectory({ '.env': fill(1_048_577) }) },
      ),
    );

    expect((await originWith({ '.env': fill(1_048_576) }, KEY))?.place).toBe('.env:1');
    expect((await originWith({ '.env': fill(1_048_577) }, KEY))?.place).toBe('the environment');
    expect(missing[0]?.detail).toContain('.env is larger than 1 MB and was not read');
  });

  it('keeps the numbers of its lines however many of them are blank', async () => {
    const blank = '\n \n'.repeat(100_000);

    expect((await originWith({ '.env': `A=1${blank}${NAME}=${KEY}\n` }, KEY))?.place).toBe(
      '.env:200001',
    );
  });

  it('is searched in 100 folders at most', async () => {
    const file = { 'z/z.env': `${NAME}=${KEY}` };
    const last = await originWith({ ...numbered(99, '/a.txt'), ...file }, KEY);
    const beyond = await originWith({ ...numbered(100, '/a.txt'), ...file }, KEY);

    expect(last?.place).toBe('z/z.env:1');
    expect(beyond?.place).toBe('the environment');
  });

  it('is read once, however often it mentions the name', async () => {
    const mentions = `# ${NAME} ${NAME}\n`.repeat(1_700);
    const [file] = await readEnvFiles({
      variables: {},
      workingDirectory: workingDirectory({ '.env': `${NAME}=${KEY}\n${mentions}` }),
    });
    const before = process.cpuUsage();
    const entries = entriesOf(file === undefined ? [] : [file], NAME);

    expect(entries).toEqual([{ place: '.env:1', value: KEY }]);
    // It took seven seconds of CPU.
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });
});

/** Files that sort before any name of letters. */
function numbered(count: number, suffix: string): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => String(index).padStart(3, '0'));
  return Object.fromEntries(names.map((name) => [`${name}${suffix}`, 'A=1']));
}

function originWith(
  files: Record<string, string>,
  value: string,
  envFilePaths?: string[],
  variables: Record<string, string> = {},
) {
  return locateVariable(NAME, {
    variables: { ...variables, [NAME]: value },
    workingDirectory: workingDirectory(files),
    envFilePaths,
  });
}

const LINE = `${NAME}=${KEY}\r\n`;

describe('a missing key', () => {
  it.each<[string, string, string | Buffer]>([
    ['.env', 'with a byte order mark', utf16(`\ufeff${LINE}`)],
    ['.env', 'without one', utf16(LINE)],
    ['.env', 'with the high byte first', utf16(`\ufeff${LINE}`).swap16()],
    ['.env', 'with the high byte first, without a mark', utf16(LINE).swap16()],
    ['apps/api/.env', 'with a byte order mark', utf16(`\ufeff${LINE}`)],
  ])(
    'is in a %s saved as UTF-16 %s, and the one step is to save it as UTF-8',
    async (path, _, content) => {
      const [problem] = await missingIn({ [path]: content });

      expect(problem?.detail).toContain(`${path} is saved as UTF-16`);
      expect(problem?.fix).toEqual([`Save ${path} as UTF-8.`]);
    },
  );

  it.each(['.env', '.env.production', 'apps/api/.env'])(
    'may be in a %s above 1 MB, which is named',
    async (path) => {
      const [problem] = await missingIn({ [path]: `X=${'x'.repeat(1_048_577)}\n${LINE}` });

      expect(problem?.detail).toContain(`${path} is larger than 1 MB and was not read`);
      expect(problem?.fix).toEqual([`Shorten ${path}.`]);
    },
  );

  it.each([
    ['.env', 'Import ConfigModule.forRoot() in the root module, which loads the .env file, or start Node with --env-file.'],
    ['.env.production', "Load that file: ConfigModule.forRoot({ envFilePath: '.env.production' })."],
    ['apps/api/.env', "Load that file: ConfigModule.forRoot({ envFilePath: 'apps/api/.env' }), or start the app in apps/api."],
    ['api/local.env', "Load that file: ConfigModule.forRoot({ envFilePath: 'api/local.env' }), or start the app in api."],
  ])('is in %s, which nothing loaded: the step is to load it', async (path, step) => {
    const [problem, directory] = await missingIn({ [path]: LINE });

    expect(problem?.detail).toContain(`${path}:1 sets it, but nothing loaded that file`);
    expect(problem?.detail).toContain(`the working directory is ${directory}`);
    expect(problem?.fix).toEqual([step]);
  }); // prettier-ignore

  it.each<Record<string, string | Buffer>>([
    {},
    { '.env.example': `${NAME}=your-api-key\n` },
    { '.env': `${NAME}=\n` },
    { 'a/.env': utf16('\ufeffOTHER=1\n') },
  ])(
    'is nowhere: the steps say how to set it, and the working directory is named: %j',
    async (files) => {
      const [problem, directory] = await missingIn(files);

      expect(problem?.detail).toContain(`the working directory is ${directory}`);
      expect(problem?.fix[0]).toMatch(/^Set COHERE_API_KEY /);
    },
  );
});

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

async function missingIn(files: Record<string, string | Buffer>) {
  const directory = workingDirectory(files);
  const place = { variables: {}, workingDirectory: directory };
  const [problem] = await problemsOf(resolveConfiguration({}, place));
  return [problem, directory] as const;
}
