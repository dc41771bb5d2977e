// What a second page costs that shows 90 % of the first again.
import { createCache } from 'cache-manager';
import { createRerankService } from '../rerank/contenders/nestjs-cohere.mjs';

const DOCUMENTS = 1_000;

const { url } = JSON.parse(process.argv[2]);
const scoreCache = { store: createCache(), ttlMs: 60_000 };
const rerank = await createRerankService({ baseUrl: url, scoreCache });
const first = await rerank.rerank({ query: 'q', documents: page(0) });
const second = await rerank.rerank({ query: 'q', documents: page(DOCUMENTS / 10) });

process.send(
  {
    firstUnits: first.usage.searchUnits,
    secondUnits: second.usage.searchUnits,
    cachedDocuments: second.usage.cachedDocuments,
  },
  () => process.exit(),
);

function page(from) {
  return Array.from({ length: DOCUMENTS }, (_, place) => `document ${10_000 + from + place}`);
}
