import type { CohereModuleOptions } from './cohere-module-options.interface.js';
import { SETTINGS, type Setting } from './settings.js';

/** The variables that an option makes meaningless: what they hold must not stop the boot. */
export function variablesOverriddenBy(options: CohereModuleOptions): string[] {
  const { startupCheck } = options;
  const given: Readonly<Record<string, unknown>> = {
    ...options,
    ...(typeof startupCheck === 'string'
      ? { 'startupCheck.mode': startupCheck }
      : Object.fromEntries(
          Object.entries(startupCheck ?? {}).map(([name, value]) => [
            `startupCheck.${name}`,
            value,
          ]),
        )),
  };
  return Object.entries<Setting>(SETTINGS).flatMap(([name, { variable }]) =>
    variable !== undefined && given[name] !== undefined ? [variable] : [],
  );
}
