import type { CohereModuleOptions } from '../../../lib/config/settings.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { environment, KEY, rejectionOf } from './working-directory.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import type { ResolvedConfiguration } from '../../../lib/config/resolved-configuration.interface.js';
import { ConfigurationError, DiagnosedError } from '../../../lib/diagnosis/errors.js';

export type Variables = Record<string, string | undefined>;

export function resolve(
  options: CohereModuleOptions,
  variables: Variables = { COHERE_API_KEY: KEY },
  files: Record<string, string> = {},
): Promise<ResolvedConfiguration> {
  return resolveConfiguration(options, environment(variables, files));
}

/** Options as JavaScript, or a cast, may give them. */
export function resolveAnything(
  options: unknown,
  variables?: Variables,
): Promise<ResolvedConfiguration> {
  const anything: (given: never) => Promise<ResolvedConfiguration> = (given) =>
    resolve(given, variables);
  return Reflect.apply(anything, undefined, [options]);
}

export async function problemsOf(resolution: Promise<unknown>): Promise<readonly Diagnosis[]> {
  const error = await rejectionOf(resolution);
  if (error instanceof ConfigurationError) {
    return error.problems;
  }
  if (error instanceof DiagnosedError) {
    return [error.diagnosis];
  }
  throw error;
}

export async function noticesOf(
  options: CohereModuleOptions,
  variables: Variables,
): Promise<string[]> {
  const { notices } = await resolve(options, variables);
  return notices.map(({ level, message }) => `${level}: ${message}`);
}

export function noticesAt(options: CohereModuleOptions, baseUrl: string): Promise<string[]> {
  return noticesOf(options, { COHERE_API_KEY: KEY, COHERE_BASE_URL: baseUrl });
}
