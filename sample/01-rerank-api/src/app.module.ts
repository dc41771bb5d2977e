import { Module } from '@nestjs/common';
import { ConditionalModule, ConfigModule } from '@nestjs/config';
import { CohereModule, type CohereModuleOptions } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { EmulatorModule } from './emulator/emulator.module.js';
import { noKeyIsSet } from './emulator/no-key-is-set.js';
import { SearchModule } from './search/search.module.js';
import { StatusModule } from './status/status.module.js';

@Module({
  imports: [
    ConfigModule.forRoot(),
    ConditionalModule.registerWhen(EmulatorModule, noKeyIsSet, { debug: false }),
    // Without the emulator, CohereModule.forRootAsync() is enough.
    CohereModule.forRootAsync({
      isGlobal: true,
      inject: [{ token: CohereEmulator, optional: true }],
      useFactory: (emulator?: CohereEmulator): CohereModuleOptions =>
        emulator === undefined ? {} : { apiKey: emulator.keys.active, baseUrl: emulator.url },
    }),
    SearchModule,
    StatusModule,
  ],
})
export class AppModule {}
