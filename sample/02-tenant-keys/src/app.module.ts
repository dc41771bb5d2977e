import { Module } from '@nestjs/common';
import { ConditionalModule, ConfigModule } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { CohereModule, type CohereModuleOptions } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { EmulatorModule, noKeyIsSet } from './emulator.module.js';
import { AppExceptionFilter } from './errors/app-exception.filter.js';
import { SearchModule } from './search/search.module.js';

@Module({
  imports: [
    ConfigModule.forRoot(),
    ConditionalModule.registerWhen(EmulatorModule, noKeyIsSet, { debug: false }),
    CohereModule.forRootAsync({
      isGlobal: true,
      // This app has a catch-all filter of its own, see errors/app-exception.filter.ts.
      filter: false,
      inject: [{ token: CohereEmulator, optional: true }],
      useFactory: (emulator?: CohereEmulator): CohereModuleOptions =>
        emulator === undefined ? {} : { apiKey: emulator.keys.active, baseUrl: emulator.url },
    }),
    SearchModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: AppExceptionFilter }],
})
export class AppModule {}
