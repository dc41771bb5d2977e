// One rerank, and nothing that ends the process: it ends when nothing is left to wait for.
import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CohereModule, RerankService } from 'nestjs-cohere';

class AppModule {}
Module({ imports: [CohereModule.forRoot({ startupCheck: 'off', maxRetries: 0 })] })(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const rerank = app.get(RerankService);
const outcome = await rerank
  .rerank({ query: 'q', documents: ['a'] })
  .then(({ results }) => `${results.length} ranked`)
  .catch(({ code }) => code);
const doneAt = performance.now();
process.on('exit', () => {
  writeSync(1, `${outcome}; ended ${Math.round(performance.now() - doneAt)} ms later\n`);
});
