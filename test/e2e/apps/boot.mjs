// A plain Nest app, started by the boot tests as a process of its own. The environment shapes it:
// ADAPTER=fastify, MAIN=fail-boot, REGISTRATION=forRoot|config, OPTIONS={…} (JSON), ABORT=false, LOGGER=off|json|json-11 (as Nest 11 prints an error),
// NAMES=eu,us (one instance each), MICROSERVICE=port (TCP, opened before HTTP), UNCAUGHT=message|stack|late|fail-boot (what its
// handler of uncaught errors prints).
import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ConsoleLogger, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CohereModule, cohereConfig, failBoot } from 'nestjs-cohere';

const { ADAPTER, MAIN, REGISTRATION, OPTIONS, ABORT, LOGGER, NAMES, MICROSERVICE, UNCAUGHT } =
  process.env;

function registration(name) {
  const options = { name, ...JSON.parse(OPTIONS ?? '{}') };
  switch (REGISTRATION) {
    case 'forRoot':
      return CohereModule.forRoot(options);
    case 'config':
      return CohereModule.forRootAsync(cohereConfig.asProvider());
    case 'useFactory':
      return CohereModule.forRootAsync({ useFactory: () => options });
    default:
      return CohereModule.forRootAsync({ name });
  }
}

class AppModule {}
Module({
  imports: [
    ConfigModule.forRoot(),
    ...(NAMES?.split(',') ?? [undefined]).map((name) => registration(name)),
  ],
})(AppModule);

process.on('exit', () => {
  const sdkFiles = Object.keys(createRequire(import.meta.url).cache).filter((file) =>
    file.includes('node_modules/cohere-ai/'),
  );
  writeSync(1, `SDK FILES LOADED ${sdkFiles.length}\n`);
});

if (UNCAUGHT !== undefined) {
  process.on('uncaughtException', (error) => {
    if (UNCAUGHT === 'fail-boot') {
      failBoot(error);
      return;
    }
    console.error(error[UNCAUGHT === 'stack' ? 'stack' : 'message']);
    if (UNCAUGHT === 'late') {
      process.exitCode = 1;
      setTimeout(() => process.exit(), 50);
    } else {
      process.exit(1);
    }
  });
}

class LoggerOfNest11 extends ConsoleLogger {
  error(message) {
    writeSync(2, `${JSON.stringify({ level: 'error', message })}\n`);
  }
}

function loggerOption() {
  switch (LOGGER) {
    case 'off':
      return { logger: false };
    case 'json':
      return { logger: new ConsoleLogger({ json: true }) };
    case 'json-11':
      return { logger: new LoggerOfNest11({ json: true }) };
    default:
      return {};
  }
}

async function bootstrap() {
  const app = await NestFactory.create(
    AppModule,
    ...(ADAPTER === 'fastify' ? [new FastifyAdapter()] : []),
    { abortOnError: ABORT !== 'false', ...loggerOption() },
  );
  if (MICROSERVICE !== undefined) {
    app.connectMicroservice({
      transport: 0,
      options: { host: '127.0.0.1', port: Number(MICROSERVICE) },
    });
    await app.startAllMicroservices();
    console.log('MICROSERVICE OPEN');
  }
  await app.listen(0, '127.0.0.1');
  console.log(`LISTENING ${await app.getUrl()}`);
}

if (MAIN === 'fail-boot') {
  bootstrap().catch(failBoot);
} else {
  await bootstrap();
}
