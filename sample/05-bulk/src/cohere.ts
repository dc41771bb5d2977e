import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CohereModule, type RateLimiter } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';

/** Bulk work has time: a call may wait for its turn, a limit or a retry. */
const TIMEOUT_MS = 60_000;

const EMULATOR = Symbol('EMULATOR');

/** Stands in for Cohere while no key is set. */
@Global()
@Module({
  providers: [{ provide: EMULATOR, useFactory: startEmulatorWithoutKey }],
  exports: [EMULATOR],
})
class EmulatorModule implements OnApplicationShutdown {
  constructor(@Inject(EMULATOR) private readonly emulator: CohereEmulator | undefined) {}

  async onApplicationShutdown(): Promise<void> {
    await this.emulator?.stop();
  }
}

/** Cohere within one rate budget. */
export function registerCohere(rateLimiter: RateLimiter) {
  return CohereModule.forRootAsync({
    isGlobal: true,
    imports: [EmulatorModule],
    inject: [EMULATOR],
    useFactory: (emulator: CohereEmulator | undefined) => ({
      timeoutMs: TIMEOUT_MS,
      rateLimiter,
      ...(emulator === undefined ? {} : { apiKey: emulator.keys.active, baseUrl: emulator.url }),
    }),
  });
}

async function startEmulatorWithoutKey(): Promise<CohereEmulator | undefined> {
  const { COHERE_API_KEY, COHERE_API_KEY_FILE } = process.env;
  if (COHERE_API_KEY !== undefined || COHERE_API_KEY_FILE !== undefined) {
    return undefined;
  }
  process.stderr.write('COHERE_API_KEY is not set: an emulator of Cohere answers.\n');
  return CohereEmulator.start();
}
