import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const runInShell = promisify(execFile);
const root = new URL('../../../', import.meta.url);

/** Every line of the `sh` blocks of a sample's README, in order. */
export function readmeCommands(sample: string): readonly string[] {
  const readme = readFileSync(new URL(`sample/${sample}/README.md`, root), 'utf8');
  return [...readme.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) =>
    block.trim().split('\n'),
  );
}

/** What a command of the README prints, with the app at `url` in place of port 3000. */
export async function outputOf(command: string, url: string): Promise<string> {
  const here = command.replaceAll('localhost:3000', new URL(url).host);
  const { stdout } = await runInShell('sh', ['-c', here]);
  return stdout;
}

/** What an npm script that starts a sample runs once everything is built. */
export function startScript(name: string): string | undefined {
  const manifest: unknown = JSON.parse(
    readFileSync(fileURLToPath(new URL('package.json', root)), 'utf8'),
  );
  const scripts: unknown =
    typeof manifest === 'object' && manifest !== null
      ? Reflect.get(manifest, 'scripts')
      : undefined;
  const script: unknown =
    typeof scripts === 'object' && scripts !== null ? Reflect.get(scripts, name) : undefined;
  return typeof script === 'string' ? script.split(' && ').at(-1) : undefined;
}
