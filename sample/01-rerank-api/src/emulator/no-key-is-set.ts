/**
 * Returns true when no key is configured at all. A variable that is set but empty is a mistake,
 * so it gets the boot report and not an emulator.
 */
export function noKeyIsSet(environment: NodeJS.ProcessEnv): boolean {
  return environment.COHERE_API_KEY === undefined && environment.COHERE_API_KEY_FILE === undefined;
}
