import { Test } from '@nestjs/testing';
import { CohereModule, DiagnosedError } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KEY } from '../../support/keys.js';

describe('the report on a rejected key', () => {
  it.each([
    [Buffer.from(KEY).toString('base64'), 'is the base64 form of a key'],
    [`sk-${KEY}`, 'contains a key of another provider: OpenAI'],
    [`{"key":"${KEY}"}`, 'contains a JSON object, not only the key'],
  ])('begins with the likeliest defect: %s', async (apiKey, hint) => {
    const emulator = await CohereEmulator.start();
    onTestFinished(() => emulator.stop());
    const module = Test.createTestingModule({
      imports: [CohereModule.forRoot({ apiKey, baseUrl: emulator.url })],
    });
    const error: unknown = await module.compile().catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(DiagnosedError);
    const { code, fix } = error instanceof DiagnosedError ? error.diagnosis : { code: '', fix: [] };
    expect(code).toBe('COHERE_API_KEY_REJECTED');
    expect(fix[0]).toContain(hint);
    expect(JSON.stringify(fix)).not.toContain(apiKey);
  });
});
