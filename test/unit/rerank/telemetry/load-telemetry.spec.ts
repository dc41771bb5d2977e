import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadTelemetry } from '../../../../lib/rerank/telemetry/load-telemetry.js';

const settings = { baseUrl: 'https://api.cohere.com', captureContent: false };

afterEach(() => {
  vi.doUnmock('@opentelemetry/api');
  vi.resetModules();
});

describe('telemetry', () => {
  it('is there where the app has the API of OpenTelemetry', async () => {
    expect(await loadTelemetry(settings)).toBeDefined();
  });

  it('is nothing where the app does not have it', async () => {
    vi.doMock('@opentelemetry/api', () => {
      throw new Error('ERR_MODULE_NOT_FOUND');
    });
    expect(await loadTelemetry(settings)).toBeUndefined();
  });
});
