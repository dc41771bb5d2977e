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

/** The last command of an npm script that starts a sample, once everything is built. */
export function startScript(name: string): string | undefined {
  return npmScript(name).split(' && ').at(-1);
}

export function npmScript(name: string): string {
  const manifest: { scripts: Record<string, string> } = JSON.parse(
    readFileSync(fileURLToPath(new URL('package.json', root)), 'utf8'),
  );
  return manifest.scripts[name] ?? '';
}
