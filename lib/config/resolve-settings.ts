import { normalizeBaseUrl } from './base-url.js';
import type {
  CohereModuleOptions,
  StartupCheckOptions,
} from './cohere-module-options.interface.js';
import { SETTINGS } from './settings.js';
import type { CohereSettings } from './resolved-configuration.interface.js';
import type { VariableValues } from './settings.schema.js';

/** Options win over the environment, and that over the defaults. Both have been checked. */
export function resolveSettings(
  options: CohereModuleOptions,
  variables: VariableValues,
): CohereSettings {
  return {
    baseUrl: baseUrlOf(options.baseUrl ?? variables.COHERE_BASE_URL ?? SETTINGS.baseUrl.default),
    model: (options.model ?? variables.COHERE_RERANK_MODEL ?? SETTINGS.model.default).trim(),
    timeoutMs: options.timeoutMs ?? variables.COHERE_TIMEOUT_MS ?? SETTINGS.timeoutMs.default,
    maxRetries: options.maxRetries ?? variables.COHERE_MAX_RETRIES ?? SETTINGS.maxRetries.default,
    concurrency:
      options.concurrency ?? variables.COHERE_CONCURRENCY ?? SETTINGS.concurrency.default,
    maxDocumentsPerRequest:
      options.maxDocumentsPerRequest ?? SETTINGS.maxDocumentsPerRequest.default,
    startupCheck: resolveStartupCheck(options.startupCheck, variables),
    clientName: options.clientName,
    headers: { ...options.headers },
    dispatcher: options.dispatcher,
    captureContent: options.captureContent ?? SETTINGS.captureContent.default,
  };
}

function resolveStartupCheck(
  option: CohereModuleOptions['startupCheck'],
  variables: VariableValues,
): Required<StartupCheckOptions> {
  const given: Partial<StartupCheckOptions> =
    typeof option === 'string' ? { mode: option } : (option ?? {});
  return {
    mode: given.mode ?? variables.COHERE_STARTUP_CHECK ?? SETTINGS['startupCheck.mode'].default,
    timeoutMs:
      given.timeoutMs ??
      variables.COHERE_STARTUP_CHECK_TIMEOUT_MS ??
      SETTINGS['startupCheck.timeoutMs'].default,
    onUnreachable:
      given.onUnreachable ??
      variables.COHERE_STARTUP_CHECK_ON_UNREACHABLE ??
      SETTINGS['startupCheck.onUnreachable'].default,
  };
}

function baseUrlOf(text: string): string {
  const result = normalizeBaseUrl(text);
  return 'url' in result ? result.url : SETTINGS.baseUrl.default;
}
