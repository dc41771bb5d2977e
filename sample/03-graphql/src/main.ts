import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { failBoot } from 'nestjs-cohere';
import { AppModule } from './app.module.js';
import { noKeyIsSet } from './emulator/emulator.module.js';

async function bootstrap(): Promise<void> {
  // Without abortOnError: false, Nest itself would end the process when a provider fails.
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  app.enableShutdownHooks();
  await app.listen(process.env['PORT'] ?? 3000);

  const logger = new Logger('Sample');
  logger.log(`Listening on http://localhost:${new URL(await app.getUrl()).port}, POST /graphql`);
  if (noKeyIsSet(process.env)) {
    logger.log('No COHERE_API_KEY is set: an emulator of Cohere ranks.');
  }
}

bootstrap().catch((error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    process.stderr.write(`The port is taken. Choose another one: PORT=3001 npm run start:03\n`);
    process.exit(69);
  }
  failBoot(error);
});
