// 10,000 documents in one call, against the same batches of 1,000 one after another; in a process of its own.
import { deepStrictEqual } from 'node:assert';
import { median } from '../median.mjs';
import { rank } from '../score.mjs';
import { createRerankService } from './contenders/nestjs-cohere.mjs';
import { createDocuments, QUERY } from './workloads.mjs';

const { url, repeats } = JSON.parse(process.argv[2]);
const BATCH = 1_000;
const documents = createDocuments(10_000, 200);
const batches = Array.from({ length: documents.length / BATCH }, (_, batch) =>
  documents.slice(batch * BATCH, (batch + 1) * BATCH),
);
// Every option that counts here is at its default: 1,000 documents a request, 16 requests in flight.
const service = await createRerankService({ baseUrl: url });

await inOneCall();
const oneCall = [];
const oneByOne = [];
for (let repeat = 0; repeat < repeats; repeat += 1) {
  oneCall.push(await milliseconds(inOneCall));
  oneByOne.push(await milliseconds(oneAfterAnother));
}
process.send(
  {
    oneCallMs: median(oneCall),
    oneAfterAnotherMs: median(oneByOne),
    exactRanking: await isExact(),
  },
  () => process.exit(),
);

function inOneCall() {
  return service.rerank({ query: QUERY, documents });
}

async function oneAfterAnother() {
  for (const batch of batches) {
    await service.rerank({ query: QUERY, documents: batch });
  }
}

async function isExact() {
  const { results } = await inOneCall();
  try {
    deepStrictEqual(
      results.map(({ index }) => index),
      rank(documents).map(({ index }) => index),
    );
    return true;
  } catch {
    return false;
  }
}

async function milliseconds(task) {
  const startedAt = performance.now();
  await task();
  return performance.now() - startedAt;
}
