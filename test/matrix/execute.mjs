import { spawn } from 'node:child_process';

/** Runs a command to its end, or until it has written something; after two minutes it is killed. */
export function execute(
  [command, ...args],
  { cwd, variables = {}, mustSucceed = false, until } = {},
) {
  const environment = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
  for (const name of Object.keys(environment)) {
    // Neither the developer's key nor what npm tells its scripts.
    if (/^(?:CO_|COHERE_|npm_|NODE_OPTIONS$|VITEST)/.test(name)) {
      delete environment[name];
    }
  }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...environment, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what npm starts ends with it.
      detached: true,
    });
    const kill = (signal) => {
      if (child.pid !== undefined && child.exitCode === null) {
        process.kill(-child.pid, signal);
      }
    };
    const limit = setTimeout(() => kill('SIGKILL'), 120_000);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      if (until?.test(stdout)) {
        until = undefined;
        kill('SIGTERM');
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      const output = `${stdout}${stderr}`;
      if (mustSucceed && code !== 0) {
        reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}:\n${output}`));
      } else {
        resolve({ code: code ?? signal, stdout, stderr, output });
      }
    });
  });
}
