import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { failBoot } from 'nestjs-cohere';
import { AppModule } from './app.module.js';
import { noKeyIsSet } from './emulator.module.js';

const DEFAULT_PORT = 3000;

async function bootstrap(): Promise<void> {
  // Without abortOnError: false, Nest itself would end the process, and always with exit code 1.
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  // Kubernetes sends SIGTERM and waits: requests in flight are finished, connections to Cohere closed.
  app.enableShutdownHooks();
  await app.listen(process.env.PORT ?? DEFAULT_PORT);

  const logger = new Logger('Sample');
  logger.log(
    `Listening on http://localhost:${new URL(await app.getUrl()).port}, GET /health/ready`,
  );
  if (noKeyIsSet(process.env)) {
    logger.log('No COHERE_API_KEY is set: an emulator of Cohere ranks.');
  }
}

// Prints the report, and exits with 78 (configuration), 77 (key rejected) or 69 (Cohere unavailable).
bootstrap().catch(failBoot);
