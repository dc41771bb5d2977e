import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { describeShadowed, locateVariable } from '../env-files.js';
import type { ConfigurationEnvironment } from '../resolved-configuration.interface.js';
import { trimKey } from './api-key-lint.js';
import type { RawKeySource } from './api-key-source.interface.js';
import { missingKey } from './missing-key.js';

/** A key given as an option, which cannot change while the app runs. */
export function optionKeySource(
  value: string,
  environment: ConfigurationEnvironment,
): RawKeySource {
  const name = 'the apiKey option';
  return {
    name,
    fetchValue: async () =>
      value.trim() === '' && environment.variables.COHERE_API_KEY === undefined
        ? { problem: await emptyOption(name, environment) }
        : { value },
    findOrigin: async () => {
      const hidden = environment.variables.COHERE_API_KEY;
      const origin = await locateVariable('COHERE_API_KEY', environment);
      if (hidden === undefined || origin === undefined) {
        return { text: name };
      }
      const place = `COHERE_API_KEY from ${origin.place}`;
      const isEmpty = trimKey(hidden) === '';
      // With the same value, the variable itself would be the source.
      return {
        text: `${name}${describeShadowed([{ place, sameValue: false, isEmpty }])}`,
        hidden: isEmpty ? undefined : { place, by: 'the options' },
      };
    },
    mayHaveChanged: () => Promise.resolve(false),
  };
}

/** Reports the variable as missing, for `apiKey: process.env.COHERE_API_KEY ?? ''`. */
async function emptyOption(
  name: string,
  environment: ConfigurationEnvironment,
): Promise<Diagnosis> {
  const missing = await missingKey('COHERE_API_KEY', environment);
  return {
    ...missing,
    title: 'The apiKey option is empty, and COHERE_API_KEY is not set.',
    detail: `${name}, which is empty; ${missing.detail}`,
  };
}
