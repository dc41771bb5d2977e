import { CohereEmulator, type EmulatorOptions } from 'nestjs-cohere/testing';
import { onTestFinished } from 'vitest';
import { FakeKeySource, rerankOver } from '../../../support/rerank-over.js';
import type { CohereSettings } from '../../../../lib/config/resolved-configuration.interface.js';
import type { CohereTransport } from '../../../../lib/transport/cohere-transport.js';
import type { RerankService } from '../../../../lib/rerank/rerank.service.js';

export interface Emulated {
  readonly emulator: CohereEmulator;
  readonly service: RerankService;
  readonly transport: CohereTransport;
}

/** A service over an emulator of its own; both end with the test. */
export async function emulated(
  options: EmulatorOptions = {},
  settings: Partial<CohereSettings> = {},
): Promise<Emulated> {
  const emulator = await CohereEmulator.start(options);
  onTestFinished(() => emulator.stop());
  const source = new FakeKeySource(emulator.keys.active);
  const { service, transport } = rerankOver(emulator.url, { source, ...settings });
  return { emulator, service, transport };
}

/** The bodies of all requests so far. */
export function bodies({ requests }: CohereEmulator): Readonly<Record<string, unknown>>[] {
  return requests.map(({ body }) => {
    if (typeof body !== 'object' || body === null) {
      throw new TypeError('a request without a JSON body');
    }
    return { ...body };
  });
}

/** The texts of each request so far. */
export function sentTexts(emulator: CohereEmulator): readonly (readonly string[])[] {
  return bodies(emulator).map(({ documents }) => {
    if (!Array.isArray(documents)) {
      throw new TypeError('a request without documents');
    }
    return documents.map(String);
  });
}
