import type { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { ResolvedConfiguration } from '../config/resolved-configuration.interface.js';
import type { StartupCheck } from './startup-check.js';

/** What two registrations must have in common to be checked as one. */
export interface CheckedInstance {
  /** The Nest app; each has one container. */
  readonly application: ModulesContainer;
  readonly name: string | undefined;
  readonly configuration: ResolvedConfiguration;
  readonly logger: Logger;
}

/** Gone with the app it belongs to. */
const CHECKS = new WeakMap<ModulesContainer, Map<string, StartupCheck>>();

/** An instance that an app registers twice, with the same settings and key, is checked once. */
export function sharedStartupCheck(
  { application, name, configuration: { settings, apiKey }, logger }: CheckedInstance,
  create: () => StartupCheck,
): StartupCheck {
  const checks = CHECKS.get(application) ?? new Map<string, StartupCheck>();
  CHECKS.set(application, checks);
  const { baseUrl, model, startupCheck } = settings;
  const question = JSON.stringify([name, baseUrl, model, startupCheck, apiKey?.fingerprint]);
  const shared = checks.get(question);
  if (shared === undefined) {
    const check = create();
    checks.set(question, check);
    return check;
  }
  const instance = name === undefined ? 'CohereModule' : `The instance '${name}' of CohereModule`;
  logger.warn(
    `${instance} is registered more than once, each time with its own connections. Register it once: ` +
      'in the root module with isGlobal: true, or in one module that exports it.',
  );
  return shared;
}
