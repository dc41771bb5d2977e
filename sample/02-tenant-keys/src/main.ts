import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { failBoot } from 'nestjs-cohere';
import { AppModule } from './app.module.js';
import { noKeyIsSet } from './emulator.module.js';

const DEFAULT_PORT = 3000;

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
    // Without this, Nest itself would end the process when a provider fails.
    abortOnError: false,
  });
  app.enableShutdownHooks();
  await app.listen(process.env.PORT ?? DEFAULT_PORT);

  const logger = new Logger('Sample');
  logger.log(`Listening on http://localhost:${new URL(await app.getUrl()).port}, POST /search`);
  if (noKeyIsSet(process.env)) {
    logger.log('No COHERE_API_KEY is set: an emulator of Cohere ranks. globex has an expired key.');
  }
}

bootstrap().catch(failBoot);
