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
import { setUpPlayground } from './playground/set-up-playground.js';

async function bootstrap(): Promise<void> {
  // Without abortOnError: false, Nest itself would end the process when a provider fails.
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { abortOnError: false });
  app.enableShutdownHooks();
  // Indented for reading in a terminal.
  app.set('json spaces', 2);
  setUpPlayground(app);
  setUpOpenApi(app);

  // Loopback only, because every client can change the state of the emulator's key.
  await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');

  const url = `http://localhost:${new URL(await app.getUrl()).port}`;
  new Logger('Sample').log(`Listening on ${url}, OpenAPI page on ${url}/${OPENAPI_PATH}`);
  if (noKeyIsSet(process.env)) {
    process.stdout.write(emulatorHints(url, app.get(CohereEmulator, { strict: false }).url));
  }
}

bootstrap().catch((error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    process.stderr.write(`The port is taken. Choose another one: PORT=3001 npm start\n`);
    process.exit(69);
  }
  failBoot(error);
});
