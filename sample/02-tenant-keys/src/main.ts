import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { failBoot } from 'nestjs-cohere';
import { AppModule } from './app.module.js';
import { noKeyIsSet } from './emulator.module.js';

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
    // Without this, Nest itself would end the process when a provider fails.
    abortOnError: false,
  });
  app.enableShutdownHooks();
  await app.listen(process.env['PORT'] ?? 3000);

  const logger = new Logger('Sample');
  logger.log(`Listening on http://localhost:${new URL(await app.getUrl()).port}, POST /search`);
  if (noKeyIsSet(process.env)) {
    logger.log('No COHERE_API_KEY is set: an emulator of Cohere ranks. globex has an expired key.');
  }
}

bootstrap().catch((error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    process.stderr.write(`The port is taken. Choose another one: PORT=3001 npm run start:02\n`);
    process.exit(69);
  }
  failBoot(error);
});
