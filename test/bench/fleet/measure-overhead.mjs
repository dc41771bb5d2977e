// One variant, in a process of its own: warm-up, then a fixed number of calls, each with a new query.
import { hash } from 'node:crypto';
import { createCache } from 'cache-manager';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { createRerankService } from '../rerank/contenders/nestjs-cohere.mjs';
import { createDocuments } from '../rerank/workloads.mjs';

const VARIANTS = {
  plain: {},
  /** The least that a cache of documents can cost: one cryptographic hash of each. */
  hashing: {},
  rateLimiter: { rateLimiter: new RateLimiterMemory({ points: 1_000_000, duration: 1 }) },
  scoreCache: { scoreCache: { store: createCache(), ttlMs: 60_000 } },
};
const CONCURRENCY = 8;

const { variant, url, documents: size, calls } = JSON.parse(process.argv[2]);
const documents = createDocuments(size.count, size.characters);
const rerank = await createRerankService({ baseUrl: url, ...VARIANTS[variant] });
let asked = 0;

await run(Math.ceil(calls / 4));
const cpuBefore = process.cpuUsage();
await run(calls);
const { user, system } = process.cpuUsage(cpuBefore);

process.send({ cpuMsPerCall: (user + system) / 1_000 / calls }, () => process.exit());

async function run(count) {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      asked += 1;
      // Of one length, because the server remembers its answers by the length of the request.
      const query = `question ${String(asked).padStart(8, '0')}`;
      if (variant === 'hashing') {
        documents.forEach((document) => hash('sha256', document, 'base64url'));
      }
      const { results } = await rerank.rerank({ query, documents });
      if (results.length !== documents.length) {
        throw new Error(`${variant} returned ${results.length} results`);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
