import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { EmulatorKey } from './emulator-key.js';
import { EmulatorController } from './emulator.controller.js';

/** Stands in for Cohere while there is no key. */
@Global()
@Module({
  controllers: [EmulatorController],
  providers: [{ provide: CohereEmulator, useFactory: () => CohereEmulator.start() }, EmulatorKey],
  exports: [CohereEmulator, EmulatorKey],
})
export class EmulatorModule implements OnApplicationShutdown {
  constructor(@Inject(CohereEmulator) private readonly emulator: CohereEmulator) {}

  async onApplicationShutdown(): Promise<void> {
    await this.emulator.stop();
  }
}
