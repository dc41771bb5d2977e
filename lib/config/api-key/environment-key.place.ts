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
    findOrigin: async () => {
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
