// One process of `npm run simulate`: runs its share of the seeds, or replays one.
import { INVARIANTS, type Invariant } from './ledger.js';
import { createSchedule } from './schedule.js';
import { shrink } from './shrink.js';
import { simulate } from './simulate.js';

const [mode, first = '1', count = '1', step = '1'] = process.argv.slice(2);

if (mode === 'replay') {
  await replay(Number(first));
} else {
  await run(Number(first), Number(count), Number(step));
}

async function run(from: number, seeds: number, every: number): Promise<void> {
  let requests = 0;
  for (let seed = from; seed < from + seeds; seed += every) {
    // oxlint-disable-next-line no-await-in-loop
    const result = await simulate(seed);
    requests += result.requests;
    const invariants = [...new Set(result.violations.map(({ invariant }) => invariant))];
    process.send?.({ seed, scenario: result.schedule.scenario, invariants });
  }
  process.send?.({ requests });
}

async function replay(seed: number): Promise<void> {
  const { violations } = await simulate(seed);
  const [violation] = violations;
  if (violation === undefined) {
    const { trace } = await simulate(seed, { isTraced: true });
    process.stdout.write(`${trace.join('\n')}\n\nSeed ${seed} keeps every promise.\n`);
    return;
  }
  const { invariant } = violation;
  const schedule = await shrink(createSchedule(seed), invariant);
  const { trace } = await simulate(seed, { schedule, isTraced: true });
  const { events, weather, ...settings } = schedule;
  process.stdout.write(`${trace.join('\n')}\n\n${JSON.stringify(settings)}\n`);
  process.stdout.write(`weather at first: ${JSON.stringify(weather)}\n`);
  process.stdout.write(
    `${events.length} of ${createSchedule(seed).events.length} events are enough to break "${INVARIANTS[invariant]}".\n`,
  );
  report(violations.map((each) => each.invariant));
  process.exitCode = 1;
}

function report(invariants: readonly Invariant[]): void {
  for (const invariant of new Set(invariants)) {
    process.stdout.write(`Broken: ${INVARIANTS[invariant]}\n`);
  }
}
