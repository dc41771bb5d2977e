// An app whose key comes from a function: SOURCE=refused connects to a closed port, SOURCE=silent never answers.
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CohereModule, failBoot } from 'nestjs-cohere';

const SOURCES = {
  refused: async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    const response = await fetch(`http://127.0.0.1:${port}/secret`);
    return response.text();
  },
  silent: () => new Promise(() => undefined),
};

class AppModule {}
Module({ imports: [CohereModule.forRoot({ apiKey: SOURCES[process.env.SOURCE] })] })(AppModule);

async function bootstrap() {
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  await app.listen(0, '127.0.0.1');
  console.log(`LISTENING ${await app.getUrl()}`);
}
bootstrap().catch(failBoot);
