import { describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../../lib/diagnosis/create-diagnosis.js';
import { DIAGNOSIS_CODES } from '../../../../lib/diagnosis/catalogue.js';
import { retryKind } from '../../../../lib/transport/retry.js';

describe('a retry', () => {
  it.each(DIAGNOSIS_CODES)('of %s happens only where it can help', (code) => {
    const expected = {
      COHERE_RATE_LIMITED: 'throttled',
      COHERE_UNREACHABLE: 'transient',
      COHERE_UPSTREAM_ERROR: 'transient',
    };
    const kind = retryKind(createDiagnosis(code, { detail: '' }));
    expect(kind).toBe(Reflect.get(expected, code));
  });

  it('does not happen when this occurrence will not pass by itself', () => {
    const diagnosis = createDiagnosis('COHERE_UPSTREAM_ERROR', { detail: '501', retryable: false });
    expect(retryKind(diagnosis)).toBeUndefined();
  });
});
