// Simulates the library in virtual time: npm run simulate -- --seeds 20000; a seed that fails: npm run simulate -- --seed 17
//   --from N     the first seed, 1 unless told otherwise
//   --lib DIR    another lib/ than that of this checkout, such as one with a bug in it
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bundle = `${root}.tmp/simulation/main-${process.pid}.mjs`;
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    lib: { type: 'string', default: `${root}lib` },
  },
});

await build();
process.exitCode = values.seed === undefined ? await simulateAll() : await replay(values.seed);

async function build() {
  const sources = await rolldown({
    input: `${root}test/simulation/main.ts`,
    platform: 'node',
    external: (id) => /^(@nestjs|node:|[a-z])/.test(id) && id !== 'nestjs-cohere',
    tsconfig: false,
    resolve: {
      alias: { 'nestjs-cohere': `${values.lib}/index.ts` },
      extensionAlias: { '.js': ['.ts', '.js'] },
    },
    transform: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    logLevel: 'warn',
  });
  await sources.write({ file: bundle, format: 'esm', codeSplitting: false, sourcemap: 'inline' });
  await sources.close();
}

function replay(seed) {
  return new Promise((resolve) => {
    fork(bundle, ['replay', seed], { execArgv: ['--enable-source-maps'] }).once('exit', resolve);
  });
}

async function simulateAll() {
  const startedAt = Date.now();
  const first = Number(values.from);
  const seeds = Number(values.seeds);
  const workers = Math.min(availableParallelism(), seeds);
  const failures = [];
  let requests = 0;
  const codes = await Promise.all(
    Array.from({ length: workers }, (_, worker) => {
      const child = fork(bundle, ['run', first + worker, seeds - worker, workers]);
      child.on('message', (message) => {
        requests += message.requests ?? 0;
        if (message.invariants?.length > 0) {
          failures.push(message);
        }
      });
      return new Promise((resolve) => child.once('exit', resolve));
    }),
  );
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${seeds} schedules from seed ${first}, ${requests} requests, ${seconds} s`);
  summarize(failures);
  return failures.length > 0 || codes.some((code) => code !== 0) ? 1 : 0;
}

function summarize(failures) {
  const kinds = new Map();
  for (const { seed, scenario, invariants } of failures.toSorted((a, b) => a.seed - b.seed)) {
    for (const invariant of invariants) {
      const kind = `${invariant} (${scenario})`;
      kinds.set(kind, [...(kinds.get(kind) ?? []), seed]);
    }
  }
  for (const [kind, seeds] of kinds) {
    console.log(
      `${kind}: ${seeds.length} schedules, first: npm run simulate -- --seed ${seeds[0]}`,
    );
  }
  if (failures.length === 0) {
    console.log('Every schedule keeps every promise.');
  }
}
