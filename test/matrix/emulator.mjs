import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(import.meta.url);

/** An emulator in a process of its own: the installs of this one hold its event loop for many seconds. */
export async function startEmulator() {
  const child = fork(PROGRAM, ['serve']);
  const { url, keys } = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the emulator ended with ${code}`)));
  });
  return { url, keys, stop: () => child.kill() };
}

if (process.argv[1] === PROGRAM) {
  const { CohereEmulator } = await import('../../dist/testing.js');
  const { url, keys } = await CohereEmulator.start();
  process.send({ url, keys: { active: keys.active, revoked: keys.revoked } });
  // Whatever becomes of the parent.
  process.once('disconnect', () => process.exit());
}
