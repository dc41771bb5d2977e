import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CohereEmulator } from 'nestjs-cohere/testing';

/** A variable that is set but empty is a mistake, so it gets the boot report and not an emulator. */
export function noKeyIsSet(environment: NodeJS.ProcessEnv): boolean {
  return environment.COHERE_API_KEY === undefined && environment.COHERE_API_KEY_FILE === undefined;
}

/** Stands in for Cohere while there is no key. */
@Global()
@Module({
  providers: [{ provide: CohereEmulator, useFactory: () => CohereEmulator.start() }],
  exports: [CohereEmulator],
})
export class EmulatorModule implements OnApplicationShutdown {
  constructor(@Inject(CohereEmulator) private readonly emulator: CohereEmulator) {}

  async onApplicationShutdown(): Promise<void> {
    await this.emulator.stop();
  }
}
