import 'reflect-metadata';
import assert from 'node:assert';
import { Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
// A value import: its type is what Nest injects by.
// oxlint-disable-next-line typescript/consistent-type-imports
import { AuthenticationError, CohereModule, InjectRerank, RerankService } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';

interface Article {
  readonly id: number;
  readonly text: string;
}

@Injectable()
class Search {
  constructor(
    private readonly rerank: RerankService,
    @InjectRerank('eu') private readonly european: RerankService,
  ) {}

  async best(query: string, articles: readonly Article[]): Promise<number | undefined> {
    const here = await this.rerank.rerank({ query, documents: articles, topN: 1 });
    const there = await this.european.rerank({ query, documents: articles, topN: 1 });
    assert.equal(here.results[0]?.document, there.results[0]?.document);
    return here.results[0]?.document.id;
  }
}

const emulator = await CohereEmulator.start();
process.env['COHERE_API_KEY'] = emulator.keys.active;

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    CohereModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        apiKey: config.get<string>('COHERE_API_KEY'),
        baseUrl: emulator.url,
      }),
    }),
    CohereModule.forRootAsync({ name: 'eu', useFactory: () => ({ baseUrl: emulator.url }) }),
  ],
  providers: [Search],
})
class AppModule {}

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const articles = [
  { id: 7, text: 'Paying by invoice' },
  { id: 9, text: 'How to reset a password' },
];
assert.equal(await app.get(Search).best('reset my password', articles), 9);

emulator.setKey(emulator.keys.active, 'revoked');
await assert.rejects(
  app.get(Search).best('reset my password', articles),
  (error) => error instanceof AuthenticationError && error.code === 'COHERE_API_KEY_REJECTED',
);
await app.close();
await emulator.stop();
