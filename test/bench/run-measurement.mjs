import { fork } from 'node:child_process';
import { environment } from './environment.mjs';

/** Runs a measuring program in a process of its own; it sends its figures back when it is done. */
export function runMeasurement(program, task) {
  return new Promise((resolve, reject) => {
    const child = fork(program, [JSON.stringify(task)], { env: environment(), execArgv: [] });
    let figures;
    child.on('message', (message) => {
      figures = message;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (figures === undefined) {
        reject(new Error(`${program.pathname} ended with ${code} and no figures`));
      } else {
        resolve(figures);
      }
    });
  });
}
