import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { failBoot } from 'nestjs-cohere';
import { AppModule } from './app.module.js';
import { noKeyIsSet } from './emulator/emulator.module.js';
import { PortError, readPort, requireFreePort } from './listen/port.js';

async function bootstrap(): Promise<void> {
  const port = readPort(process.env);
  await requireFreePort(port, 'npm run start:03');

  // Without abortOnError: false, Nest itself would end the process when a provider fails.
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  app.enableShutdownHooks();
  await app.listen(port);

  const logger = new Logger('Sample');
  logger.log(`Listening on http://localhost:${new URL(await app.getUrl()).port}, POST /graphql`);
  if (noKeyIsSet(process.env)) {
    logger.log('No COHERE_API_KEY is set: an emulator of Cohere ranks.');
  }
}

bootstrap().catch((error: unknown) => {
  if (error instanceof PortError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
    return;
  }
  failBoot(error);
});
