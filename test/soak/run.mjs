// npm run soak [-- --seconds N] [--write]: one process under everything at once, for ten minutes by default. It fails when a
// ranking is wrong, an error is not one that the fault explains, a limit is exceeded, or memory or handles grow.
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthenticationError, CohereModule, DiagnosedError, RerankService } from 'nestjs-cohere';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    write: { type: 'boolean', default: false },
  },
});
const SECONDS = Number(values.seconds);
const WORKERS = 200;
const CONCURRENCY = 16;
const PER_REQUEST = 25;
/** Far longer than a busy machine stands still, so that a call which reaches it was forgotten. Faults have their own. */
const FORGOTTEN_MS = 60_000;
const ROTATE_MS = 3_000;
const MAX_HEAP_GROWTH_MB = 8;
const MAX_HANDLE_GROWTH = 12;
const PAGE = new URL('../../docs/reliability.md', import.meta.url);

let key = newKey(0);
const server = fork(new URL('server.mjs', import.meta.url), [key]);
const [{ port }] = await once(server, 'message');

class AppModule {}
Module({
  imports: [
    CohereModule.forRoot({
      apiKey: () => key,
      baseUrl: `http://127.0.0.1:${port}`,
      startupCheck: 'off',
      timeoutMs: FORGOTTEN_MS,
      concurrency: CONCURRENCY,
      maxDocumentsPerRequest: PER_REQUEST,
    }),
  ],
})(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const service = app.get(RerankService, { strict: false });

/** Weighted: most calls are good ones. */
const KINDS = [
  ...Array.from({ length: 60 }, () => ({ name: 'split and merged', run: ranked })),
  ...Array.from({ length: 8 }, () => ({ name: 'aborted at a random moment', run: aborted })),
  { name: 'hang', run: () => failing('hang', { timeoutMs: 20 }) },
  { name: 'reset', run: () => failing('reset') },
  { name: 'cut', run: () => failing('cut') },
  { name: 'garbage', run: () => failing('garbage') },
  { name: '500', run: () => failing('500', { timeoutMs: 500 }) },
  { name: '400', run: () => failing('400') },
  { name: 'spurious 401', run: () => failing('spurious-401') },
  { name: 'a bad key of a tenant', run: tenant },
];

const problems = new Set();
const counts = new Map();
const samples = [];
const endsAt = performance.now() + SECONDS * 1_000;
let calls = 0;
let rotations = 0;

const rotation = setInterval(rotate, ROTATE_MS);
const sampling = setInterval(sample, Math.max(1_000, (SECONDS * 1_000) / 60));
await Promise.all(Array.from({ length: WORKERS }, work));
clearInterval(rotation);
clearInterval(sampling);
server.send({ counts: true });
const [{ mostInFlight, refused }] = await once(server, 'message');
const closedAt = performance.now();
await app.close();
const closeMs = performance.now() - closedAt;
server.disconnect();

judge();

/** One caller: a random call after another. */
async function work() {
  while (performance.now() < endsAt) {
    calls += 1;
    const kind = pick(KINDS);
    try {
      count(`${kind.name}: ${await kind.run()}`);
    } catch (error) {
      problems.add(`${kind.name}: ${error?.diagnosis?.detail ?? ''} ${error?.stack ?? error}`);
    }
  }
}

async function ranked() {
  const documents = Array.from({ length: 1 + random(80) }, () => `${random(1_000)} text`);
  const topN = Math.random() < 0.5 ? undefined : 1 + random(documents.length);
  const { results } = await service.rerank({ query: 'q', documents, topN });
  const oracle = documents
    .map((document, index) => ({ document, index, score: Number.parseInt(document, 10) / 1_000 }))
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, topN);
  const same =
    results.length === oracle.length &&
    results.every(
      ({ document, index, relevanceScore }, place) =>
        document === oracle[place].document &&
        index === oracle[place].index &&
        relevanceScore === oracle[place].score,
    );
  if (!same) {
    throw new Error('the ranking is not that of the oracle');
  }
  return 'exact';
}

async function aborted() {
  const signal = AbortSignal.timeout(random(20));
  try {
    await service.rerank({ query: 'q', documents: ['1', '2'] }, { signal });
    return 'answered';
  } catch (error) {
    if (error !== signal.reason) {
      throw error;
    }
    return 'aborted';
  }
}

async function failing(fault, options) {
  try {
    await service.rerank({ query: `fault:${fault}`, documents: ['1', '2'] }, options);
    return 'answered';
  } catch (error) {
    const isExpected = error instanceof DiagnosedError && !(error instanceof AuthenticationError);
    if (!isExpected && !(fault === 'spurious-401' && error instanceof AuthenticationError)) {
      throw error;
    }
    return error.code;
  }
}

async function tenant() {
  try {
    await service.forKey(newKey(random(1_000_000))).rerank({ query: 'q', documents: ['1'] });
  } catch (error) {
    if (error instanceof AuthenticationError) {
      return error.code;
    }
    throw error;
  }
  throw new Error('a key that does not exist was accepted');
}

function rotate() {
  rotations += 1;
  key = newKey(rotations);
  server.send({ key });
}

function sample() {
  globalThis.gc?.();
  samples.push({
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    rssMb: process.memoryUsage().rss / 2 ** 20,
    // Sockets that keep no process alive are not among getActiveResourcesInfo().
    handles: openFiles(),
  });
}

function openFiles() {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return process.getActiveResourcesInfo().length;
  }
}

function judge() {
  // The first fifth warms up.
  const kept = samples.slice(Math.ceil(samples.length / 5));
  const half = Math.floor(kept.length / 2);
  const [early, late] = [kept.slice(0, half), kept.slice(half)];
  const growth = (figure) =>
    median(late.map((s) => s[figure])) - median(early.map((s) => s[figure]));
  const heap = growth('heapMb');
  const handles = growth('handles');
  if (heap > MAX_HEAP_GROWTH_MB) {
    problems.add(`the heap grew by ${heap.toFixed(1)} MB`);
  }
  if (handles > MAX_HANDLE_GROWTH) {
    problems.add(`${handles} handles more at the end than at the beginning`);
  }
  if (mostInFlight > CONCURRENCY) {
    problems.add(`${mostInFlight} requests at the same time, with a limit of ${CONCURRENCY}`);
  }
  if (closeMs > 6_000) {
    problems.add(`close() took ${Math.round(closeMs)} ms`);
  }
  const report = render({ kept, heap, handles });
  console.log(report);
  if (values.write) {
    writePage(report);
  }
  for (const problem of problems) {
    console.error(problem);
  }
  process.exitCode = problems.size === 0 ? 0 : 1;
}

function render({ kept, heap, handles }) {
  const figures = [
    ['calls', calls.toLocaleString('en')],
    [
      'calls whose ranking was compared with an oracle',
      (counts.get('split and merged: exact') ?? 0).toLocaleString('en'),
    ],
    ['wrong rankings, and errors that no fault explains', String(problems.size)],
    ['rotations of the key, with 200 callers', String(rotations)],
    ['requests that Cohere refused meanwhile', refused.toLocaleString('en')],
    ['most requests in flight, with a limit of 16', String(mostInFlight)],
    ['heap after the warm-up, median', `${median(kept.map((s) => s.heapMb)).toFixed(1)} MB`],
    ['growth of the heap, second half to first', `${heap.toFixed(1)} MB`],
    ['memory of the process, median', `${median(kept.map((s) => s.rssMb)).toFixed(0)} MB`],
    ['sockets and handles, median', String(median(kept.map((s) => s.handles)))],
    ['growth of sockets and handles', String(handles)],
    ['time to close', `${Math.round(closeMs)} ms`],
  ];
  const rows = [['Figure', 'Measured'], ['', ''], ...figures];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const table = rows.map(
    (row, at) =>
      `| ${row.map((cell, column) => cell.padEnd(widths[column], at === 1 ? '-' : ' ')).join(' | ')} |`,
  );
  const intro = `${SECONDS} seconds on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} cores that other work shared.`;
  return [intro, '', ...table].join('\n');
}

function writePage(report) {
  const [start, end] = ['<!-- soak: npm run soak -- --write -->', '<!-- end of soak -->'];
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.indexOf(start), page.indexOf(end)];
  writeFileSync(PAGE, `${page.slice(0, before)}${start}\n\n${report}\n\n${page.slice(after)}`);
}

function newKey(number) {
  return `soak${String(number).padStart(36, '0')}`.replaceAll('0', 'k');
}

function count(outcome) {
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function random(below) {
  return Math.floor(Math.random() * below);
}

function pick(list) {
  return list[random(list.length)];
}
