require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { ConfigModule } = require('@nestjs/config');
const { TerminusModule } = require('@nestjs/terminus');
const { CohereModule, cohereConfig } = require('nestjs-cohere');
const { CohereHealthIndicator } = require('nestjs-cohere/terminus');

class AppModule {}
Module({
  imports: [
    ConfigModule.forRoot(),
    TerminusModule,
    CohereModule.forRootAsync(cohereConfig.asProvider()),
  ],
  providers: [CohereHealthIndicator],
})(AppModule);

module.exports = { AppModule };
