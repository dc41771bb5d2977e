import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { failBoot } from 'nestjs-cohere';
import { AppModule } from './app.module.js';
import { noKeyIsSet } from './emulator/emulator.module.js';

const DEFAULT_PORT = 3000;

async function bootstrap(): Promise<void> {
  // Without abortOnError: false, Nest itself would end the process when a provider fails.
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  app.enableShutdownHooks();
  await app.listen(process.env.PORT ?? DEFAULT_PORT);

  const logger = new Logger('Sample');
  logger.log(`Listening on http://localhost:${new URL(await app.getUrl()).port}, POST /graphql`);
  if (noKeyIsSet(process.env)) {
    logger.log('No COHERE_API_KEY is set: an emulator of Cohere ranks.');
  }
}

bootstrap().catch(failBoot);
