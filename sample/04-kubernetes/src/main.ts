import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { failBoot } from 'nestjs-cohere';
import { AppModule } from './app.module.js';
import { noKeyIsSet } from './emulator.module.js';
import { PortError, readPort, requireFreePort } from './listen/port.js';

async function bootstrap(): Promise<void> {
  const port = readPort(process.env);
  await requireFreePort(port, 'npm run start:04');

  // Without abortOnError: false, Nest itself would end the process, and always with exit code 1.
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  // Kubernetes sends SIGTERM and waits: requests in flight are finished, connections to Cohere closed.
  app.enableShutdownHooks();
  await app.listen(port);

  const logger = new Logger('Sample');
  logger.log(
    `Listening on http://localhost:${new URL(await app.getUrl()).port}, GET /health/ready`,
  );
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
  // Prints the report, and exits with 78 (configuration), 77 (key rejected) or 69 (Cohere unavailable).
  failBoot(error);
});
