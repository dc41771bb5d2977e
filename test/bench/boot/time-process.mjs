import { spawn } from 'node:child_process';
import { environment } from '../environment.mjs';

/**
 * Milliseconds of wall and, where the process tells, of CPU from the start of a node process until it listens, or until
 * it has ended as expected (`success`, `failure`, and `says` in its output). A process that is told to watch itself
 * also says how long its event loop stalled after `listen`, and its memory in MB then.
 *
 * @returns {Promise<{ wallMs: number, cpuMs?: number, stallMs?: number, memoryMb?: number }>}
 */
export function timeProcess({ id, command, variables, until, says = '', workingDirectory }) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, command, {
      cwd: workingDirectory,
      env: environment(variables),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let listeningAfter;
    const read = (text) => {
      output += text;
      if (listeningAfter === undefined && output.includes('LISTENING')) {
        listeningAfter = performance.now() - startedAt;
        child.kill('SIGKILL');
      }
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('error', reject);
    let elapsed;
    child.on('exit', () => {
      elapsed = performance.now() - startedAt;
    });
    child.on('close', (code) => {
      if (until === outcome(listeningAfter, code) && output.includes(says)) {
        resolve({
          wallMs: listeningAfter ?? elapsed,
          cpuMs: figure(output, 'CPU'),
          stallMs: figure(output, 'STALL'),
          memoryMb: figure(output, 'MEMORY'),
        });
      } else {
        reject(new Error(`${id} was expected to end in ${until}, code ${code}:\n${output}`));
      }
    });
  });
}

function outcome(listeningAfter, code) {
  if (listeningAfter !== undefined) {
    return 'listen';
  }
  return code === 0 ? 'success' : 'failure';
}

function figure(output, name) {
  const [, value] = new RegExp(`^${name} (.+)$`, 'm').exec(output) ?? [];
  return value === undefined ? undefined : Number(value);
}
