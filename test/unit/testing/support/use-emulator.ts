import { afterEach, beforeEach } from 'vitest';
import type { EmulatorOptions } from 'nestjs-cohere/testing';
import { CohereEmulator } from '../../../../lib/testing/emulator/cohere-emulator.js';
// Not through the index, which loads Nest and the service as well.

/** A fresh emulator for each test of the file; `start` adds one with options of its own. */
export function useEmulator(): {
  readonly current: CohereEmulator;
  readonly start: (options: EmulatorOptions) => Promise<CohereEmulator>;
} {
  let running: CohereEmulator[] = [];
  const start = async (options: EmulatorOptions) => {
    const emulator = await CohereEmulator.start(options);
    running.push(emulator);
    return emulator;
  };
  beforeEach(async () => {
    await start({});
  });
  afterEach(async () => {
    const toStop = running;
    running = [];
    await Promise.all(toStop.map((emulator) => emulator.stop()));
  });
  return {
    start,
    get current() {
      const [first] = running;
      if (first === undefined) {
        throw new Error('no emulator is running');
      }
      return first;
    },
  };
}
