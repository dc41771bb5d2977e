import type { DiagnosisCode } from '../diagnosis-code.js';
import { API_KEY_ENTRIES } from './api-key.js';
import { AVAILABILITY_ENTRIES } from './availability.js';
import type { CatalogueEntry } from './catalogue-entry.interface.js';
import { CONFIGURATION_ENTRIES } from './configuration.js';
import { QUOTA_ENTRIES } from './quota.js';
import { REQUEST_ENTRIES } from './request.js';

export type { CatalogueEntry, DiagnosedErrorName } from './catalogue-entry.interface.js';

/** One entry per code. Plain data: a code is added here, and everything else follows. */
export const CATALOGUE: Readonly<Record<DiagnosisCode, CatalogueEntry>> = {
  ...API_KEY_ENTRIES,
  ...CONFIGURATION_ENTRIES,
  ...REQUEST_ENTRIES,
  ...QUOTA_ENTRIES,
  ...AVAILABILITY_ENTRIES,
};
