import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { CohereModule } from 'nestjs-cohere';
import { CohereHealthIndicator } from 'nestjs-cohere/terminus';

@Module({
  imports: [TerminusModule, CohereModule.forRootAsync()],
  providers: [CohereHealthIndicator],
})
class HealthModule {}

async function check(): Promise<void> {
  const app = await NestFactory.createApplicationContext(HealthModule, { logger: false });
  const { cohere } = await app.get(CohereHealthIndicator).isHealthy('cohere');
  assert.equal(cohere?.status, 'up');
  await app.close();
  console.log('HEALTHY');
}

void check();
