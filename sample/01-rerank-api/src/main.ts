import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { failBoot } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { AppModule } from './app.module.js';
import { emulatorHints } from './emulator/emulator-hints.js';
import { noKeyIsSet } from './emulator/no-key-is-set.js';
import { OPENAPI_PATH, setUpOpenApi } from './openapi/set-up-openapi.js';

const DEFAULT_PORT = 3000;

async function bootstrap(): Promise<void> {
  // Without abortOnError: false, Nest itself would end the process when a provider fails.
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { abortOnError: false });
  app.enableShutdownHooks();
  // For people who read the answers in a terminal.
  app.set('json spaces', 2);
  setUpOpenApi(app);

  await app.listen(process.env.PORT ?? DEFAULT_PORT);

  const { port } = new URL(await app.getUrl());
  const url = `http://localhost:${port}`;
  new Logger('Sample').log(`Listening on ${url}, OpenAPI page on ${url}/${OPENAPI_PATH}`);
  if (noKeyIsSet(process.env)) {
    process.stdout.write(emulatorHints(url, app.get(CohereEmulator, { strict: false }).url));
  }
}

bootstrap().catch(failBoot);
