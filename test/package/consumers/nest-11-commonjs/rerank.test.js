require('reflect-metadata');
const { Test } = require('@nestjs/testing');
const { CohereModule, RerankService } = require('nestjs-cohere');
const { CohereTestingModule } = require('nestjs-cohere/testing');

test('the testing module stands in for CohereModule', async () => {
  const cohere = CohereModule.forRoot();
  const testing = await Test.createTestingModule({ imports: [cohere] })
    .overrideModule(cohere)
    .useModule(CohereTestingModule.forRoot())
    .compile();
  const { results } = await testing.get(RerankService, { strict: false }).rerank({
    query: 'reset my password',
    documents: ['Paying by invoice', 'How to reset a password'],
  });
  expect(results[0].index).toBe(1);
});
