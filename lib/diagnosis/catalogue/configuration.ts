import { EXIT_CODE, type CatalogueEntry } from './catalogue-entry.interface.js';

export const CONFIGURATION_ENTRIES = {
  COHERE_CONFIG_INVALID: {
    title: 'A setting of CohereModule is invalid.',
    meaning:
      'An option or an environment variable has a value that is not allowed. Each one is reported.',
    causes: ['A typing error, a wrong unit, or a value out of range.'],
    fix: ['Correct the setting that the report names, and start the app again.'],
    reproduce: 'COHERE_TIMEOUT_MS=soon npm start',
    error: 'ConfigurationError',
    httpStatus: 500,
    retryable: false,
    exitCode: EXIT_CODE.configuration,
  },
} as const satisfies Record<string, CatalogueEntry>;
