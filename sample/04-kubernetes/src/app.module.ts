import { Module } from '@nestjs/common';
import { ConditionalModule, ConfigModule } from '@nestjs/config';
import { TerminusModule } from '@nestjs/terminus';
import { CohereModule, type CohereModuleOptions } from 'nestjs-cohere';
import { CohereHealthIndicator } from 'nestjs-cohere/terminus';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { EmulatorModule, noKeyIsSet } from './emulator.module.js';
import { HealthController } from './health/health.controller.js';
import { SearchController } from './search/search.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot(),
    ConditionalModule.registerWhen(EmulatorModule, noKeyIsSet, { debug: false }),
    TerminusModule,
    // In the cluster the key is the file that COHERE_API_KEY_FILE names, see k8s/deployment.yaml.
    CohereModule.forRootAsync({
      isGlobal: true,
      inject: [{ token: CohereEmulator, optional: true }],
      useFactory: (emulator?: CohereEmulator): CohereModuleOptions =>
        emulator === undefined ? {} : { apiKey: emulator.keys.active, baseUrl: emulator.url },
    }),
  ],
  controllers: [HealthController, SearchController],
  providers: [CohereHealthIndicator],
})
export class AppModule {}
