import {
  describeOrigin,
  type EnvFileEntry,
  type EnvFileReader,
  findEnvFile,
  locateVariable,
} from '../env-files.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';
import type { FetchedValue, RawKeySource } from './api-key-source.interface.js';
import { missingKey } from './missing-key.js';

/**
 * Reads the key from an environment variable, each time anew. While the variable still has the value from a `.env` file,
 * reads that file again, so that a corrected file takes effect in the running app.
 */
export function environmentKeySource(
  variable: string,
  environment: ConfigurationEnvironment,
): RawKeySource {
  let valueAtBoot: string | undefined;
  let readFileAgain: EnvFileReader | undefined;
  let lastValue: string | undefined;
  let mended: EnvFileEntry | undefined;
  const findFile = async (value: string): Promise<void> => {
    readFileAgain = await findEnvFile(variable, value, environment);
  };
  return {
    name: variable,
    fetchValue: async (): Promise<FetchedValue> => {
      const value = environment.variables[variable];
      lastValue = value;
      if (value === undefined) {
        return { problem: await missingKey(variable, environment) };
      }
      if (valueAtBoot === undefined) {
        valueAtBoot = value;
        // Not awaited, so that the start is not delayed.
        findFile(value).catch(() => undefined);
        return { value };
      }
      if (value !== valueAtBoot) {
        mended = undefined;
        return { value };
      }
      // Where the file is gone, or names the key no more, what it held last stays: the value at boot is older.
      mended = (await readFileAgain?.()) ?? mended;
      return mended ?? { value };
    },
    findOrigin: async () => {
      if (mended !== undefined && mended.value !== valueAtBoot) {
        return { text: `${variable} from ${mended.place}` };
      }
      const origin = await locateVariable(variable, environment);
      if (origin === undefined) {
        return { text: variable };
      }
      const hidden = origin.shadowed.find(({ isEmpty }) => !isEmpty);
      return {
        text: describeOrigin(variable, origin),
        hidden: hidden === undefined ? undefined : { place: hidden.place, by: origin.place },
      };
    },
    mayHaveChanged: () => Promise.resolve(environment.variables[variable] !== lastValue),
  };
}
