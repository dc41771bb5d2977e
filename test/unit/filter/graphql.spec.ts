import { HttpAdapterHost } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import { createError } from '../../../lib/diagnosis/errors.js';

describe('the exception filter in GraphQL', () => {
  it('returns an error whose extensions hold the code, the status and the fix', () => {
    const host = new ExecutionContextHost([{}, {}, {}, {}]);
    host.setType('graphql');
    const filter = new CohereExceptionFilter(new HttpAdapterHost());
    const diagnosis = createDiagnosis('COHERE_RATE_LIMITED', { detail: 'operator only' });

    const error = filter.catch(createError(diagnosis), host);

    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      message: diagnosis.title,
      extensions: { code: 'COHERE_RATE_LIMITED', status: 429, fix: [...diagnosis.fix] },
    });
    expect(JSON.stringify(error)).not.toContain('operator only');
  });
});
