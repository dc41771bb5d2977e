// One cell of the boot report matrix. LOGGER, ABORT_ON_ERROR, FAIL_BOOT and ADAPTERLESS shape it; what is wrong with the
// key is in the environment, as for any app.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { ConsoleLogger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CohereModule, failBoot } from 'nestjs-cohere';

const require = createRequire(import.meta.url);
const { LOGGER = 'default', ABORT_ON_ERROR, FAIL_BOOT, HANDLES } = process.env;

class AppModule {}
Module({ imports: [CohereModule.forRootAsync()] })(AppModule);

/** A logger of the app's own, which hands each message to one function. */
function ownLogger(print) {
  return {
    log: () => {},
    warn: () => {},
    debug: () => {},
    verbose: () => {},
    fatal: print,
    error: print,
  };
}

const LOGGERS = {
  default: () => ({}),
  json: () => ({ logger: new ConsoleLogger({ json: true }) }),
  off: () => ({ logger: false }),
  'warn level only': () => ({ logger: ['warn'] }),
  'fatal level only': () => ({ logger: ['fatal'] }),
  'buffered logs': () => ({ bufferLogs: true }),
  pino: () => {
    const pino = require('pino')();
    return {
      logger: ownLogger((message) =>
        pino.error(message instanceof Error ? { err: message } : { message }),
      ),
    };
  },
  winston: () => {
    const { createLogger, format, transports } = require('winston');
    const winston = createLogger({
      format: format.combine(format.errors({ stack: true }), format.json()),
      transports: [new transports.Console()],
    });
    return { logger: ownLogger((message) => winston.error(message)) };
  },
  'prints String(error)': () => ({
    logger: ownLogger((message) => console.error(`APP ${String(message)}`)),
  }),
  'prints the error': () => ({ logger: ownLogger((message) => console.error('APP', message)) }),
  'prints error.message': () => ({
    logger: ownLogger((message) => console.error('APP', message?.message)),
  }),
  'prints nothing': () => ({ logger: ownLogger(() => {}) }),
};

async function bootstrap() {
  const app = await NestFactory.create(AppModule, {
    ...LOGGERS[LOGGER](),
    ...(ABORT_ON_ERROR === 'false' ? { abortOnError: false } : {}),
  });
  await app.listen(0, '127.0.0.1');
  console.log('LISTENING');
}

if (FAIL_BOOT === 'true') {
  bootstrap().catch(failBoot);
} else if (HANDLES === 'console.error') {
  bootstrap().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
} else {
  void bootstrap();
}
