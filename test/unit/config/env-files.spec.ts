import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entriesOf, locateVariable, readEnvFiles } from '../../../lib/config/env-files.js';
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
    ['config/dev.env', `${NAME}=${OTHER_KEY}`, 'the environment'],
    ['.envrc.d/x.env', `export ${NAME}="${KEY}"`, '.envrc.d/x.env:1'],
  ])('is found in %s: %s', async (path, content, place) => {
    const origin = await originWith({ [path]: content }, KEY);

    expect(origin?.place).toBe(place);
  });

  it('is the line of .env.${NODE_ENV} where that was loaded', async () => {
    const files = { '.env': `${NAME}=${OTHER_KEY}`, '.env.test': `A=1\n${NAME}=${KEY}` };
    const origin = await originWith(files, KEY, ['.env', '.env.test']);

    expect(origin?.place).toBe('.env.test:2');
  });

  it.each(['${REAL_KEY}', '$REAL_KEY', '${MISSING:-x}${REAL_KEY}'.slice(13)])(
    'is the line that expandVariables filled in: %s',
    async (reference) => {
      const files = { '.env': `REAL_KEY=${KEY}\n${NAME}=${reference}\n` };

      expect((await originWith(files, KEY))?.place).toBe('.env:2');
    },
  );
});

describe('an empty variable that hides a good line', () => {
  it('is removed by the first fix', async () => {
    const directory = workingDirectory({ '.env': `A=1\n${NAME}=${KEY}\n` });
    const place = { variables: { [NAME]: '' }, workingDirectory: directory };
    const [problem] = await problemsOf(resolveConfiguration({}, place));

    expect(problem?.fix[0]).toBe(
      `Remove the empty ${NAME} from the environment: it hides the key in .env:2.`,
    );
  });
});

describe('what lies about as a .env file', () => {
  it.skipIf(process.platform === 'win32')('is not waited for when it is a pipe', async () => {
    const directory = workingDirectory();
    execFileSync('mkfifo', [join(directory, '.env'), join(directory, 'x.env')]);
    const place = { variables: { [NAME]: `"${KEY}"` }, workingDirectory: directory };

    expect(await readEnvFiles(place)).toEqual([]);
    expect(await problemsOf(resolveConfiguration({}, place))).toHaveLength(1);
  });

  it('is passed over when it is a directory, or larger than any such file', async () => {
    const directory = workingDirectory({ '.env/x': '', 'big.env': `${NAME}=${KEY}\n#${'x'.repeat(70_000)}` });
    const place = { variables: { [NAME]: KEY }, workingDirectory: directory };

    expect((await locateVariable(NAME, place))?.place).toBe('the environment');
  }); // prettier-ignore

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

function originWith(files: Record<string, string>, value: string, envFilePaths?: string[]) {
  return locateVariable(NAME, {
    variables: { [NAME]: value },
    workingDirectory: workingDirectory(files),
    envFilePaths,
  });
}
