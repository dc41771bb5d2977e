import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { failBoot } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { AppModule } from './app.module.js';
import { emulatorHints } from './emulator/emulator-hints.js';
import { noKeyIsSet } from './emulator/no-key-is-set.js';
import { PortError, readPort, requireFreePort } from './listen/port.js';
import { OPENAPI_PATH, setUpOpenApi } from './openapi/set-up-openapi.js';
import { setUpPlayground } from './playground/set-up-playground.js';

async function bootstrap(): Promise<void> {
  const port = readPort(process.env);
  await requireFreePort(port, 'npm start');

  // Without abortOnError: false, Nest itself would end the process when a provider fails.
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { abortOnError: false });
  app.enableShutdownHooks();
  // For people who read the responses in a terminal.
  app.set('json spaces', 2);
  setUpPlayground(app);
  setUpOpenApi(app);

  await app.listen(port);

  const url = `http://localhost:${new URL(await app.getUrl()).port}`;
  new Logger('Sample').log(`Listening on ${url}, OpenAPI page on ${url}/${OPENAPI_PATH}`);
  if (noKeyIsSet(process.env)) {
    process.stdout.write(emulatorHints(url, app.get(CohereEmulator, { strict: false }).url));
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
