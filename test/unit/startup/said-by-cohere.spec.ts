import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { CohereModule } from '../../../lib/cohere.module.js';
import { AuthenticationError } from '../../../lib/diagnosis/errors.js';
import { json, StubCohere } from '../../support/stub-cohere.js';
import { CANARY, traces } from '../secrets/traces.js';

async function failureOfBoot(message: string): Promise<AuthenticationError> {
  const { url } = await StubCohere.start(json(401, { message }));
  @Module({ imports: [CohereModule.forRoot({ apiKey: CANARY, baseUrl: url })] })
  class AppModule {}
  const boot = NestFactory.create(AppModule, { logger: false, abortOnError: false });
  const error: unknown = await boot.then((app) => app.init()).catch((reason: unknown) => reason);
  if (!(error instanceof AuthenticationError)) {
    throw new TypeError('The boot should have failed with an AuthenticationError.');
  }
  return error;
}

describe('the report of a key that Cohere rejects', () => {
  it('quotes the whole sentence of Cohere, also where the sentence says "Key:"', async () => {
    const words = 'Invalid API Key: not recognised for this organisation, see Key: settings';
    const { diagnosis, stack } = await failureOfBoot(words);

    expect(diagnosis.detail).toContain(`${words}.`);
    expect(stack?.replace(/\s+/g, ' ')).toContain(`${words}.`);
  });

  it('names the key once, with its origin, and shows nothing of it', async () => {
    const { diagnosis, stack } = await failureOfBoot('invalid api token');

    expect(diagnosis.key).toMatch(/, 40 characters, sha256:[0-9a-f]{8}$/);
    expect(stack?.match(/40\s+characters/g)).toHaveLength(1);
    expect(traces(String(stack))).toEqual([]);
  });
});
