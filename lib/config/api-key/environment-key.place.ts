import { describeOrigin, locateVariable } from '../env-files.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';
import type { FetchedValue, KeyPlace } from './api-key-source.interface.js';
import { missingKey } from './missing-key.js';

/** An environment variable, looked up anew at every read. */
export function environmentKeyPlace(
  variable: string,
  environment: ConfigurationEnvironment,
): KeyPlace {
  let lastValue: string | undefined;
  return {
    name: variable,
    fetchValue: async (): Promise<FetchedValue> => {
      const value = environment.variables[variable];
      lastValue = value;
      return value === undefined ? { problem: await missingKey(variable, environment) } : { value };
    },
    describeOrigin: async () => {
      const origin = await locateVariable(variable, environment);
      return origin === undefined ? variable : describeOrigin(variable, origin);
    },
    mayHaveChanged: () => Promise.resolve(environment.variables[variable] !== lastValue),
  };
}
