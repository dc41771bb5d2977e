import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { ConditionalModule, ConfigModule } from '@nestjs/config';
import { GraphQLModule } from '@nestjs/graphql';
import { CohereModule, type CohereModuleOptions } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { EmulatorModule, noKeyIsSet } from './emulator/emulator.module.js';
import { SearchResolver } from './search/search.resolver.js';

@Module({
  imports: [
    ConfigModule.forRoot(),
    ConditionalModule.registerWhen(EmulatorModule, noKeyIsSet, { debug: false }),
    GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
    // The exception filter that it registers answers GraphQL, too: see `extensions` of an error.
    CohereModule.forRootAsync({
      isGlobal: true,
      inject: [{ token: CohereEmulator, optional: true }],
      useFactory: (emulator?: CohereEmulator): CohereModuleOptions =>
        emulator === undefined ? {} : { apiKey: emulator.keys.active, baseUrl: emulator.url },
    }),
  ],
  providers: [SearchResolver],
})
export class AppModule {}
