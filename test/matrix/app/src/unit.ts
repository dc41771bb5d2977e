// The unit test of search.spec.ts where there is no test runner.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Test } from '@nestjs/testing';
import { AuthenticationError } from 'nestjs-cohere';
import { CohereTestingController, CohereTestingModule } from 'nestjs-cohere/testing';
import { SearchService } from './search.service.js';

async function test(): Promise<void> {
  const app = await Test.createTestingModule({
    imports: [CohereTestingModule.forRoot()],
    providers: [SearchService],
  }).compile();
  const [first] = await app.get(SearchService).find('capital of France');
  assert.equal(first, 'Paris');
  app.get(CohereTestingController).failNext('COHERE_API_KEY_EXPIRED');
  await assert.rejects(app.get(SearchService).find('capital of France'), AuthenticationError);
  console.log('UNIT TEST PASSED');
}

void test();
