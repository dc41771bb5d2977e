import { expect, test } from 'vitest';
import { INVARIANTS } from './ledger.js';
import { simulate } from './simulate.js';

const SEEDS = 60;

test(`every promise about calls holds in ${SEEDS} schedules of calls, faults, rotations and stops`, async () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    // One after another: each has the clock of the process.
    // oxlint-disable-next-line no-await-in-loop
    const { violations } = await simulate(seed);
    for (const invariant of new Set(violations.map((violation) => violation.invariant))) {
      broken.push(`${INVARIANTS[invariant]}: npm run simulate -- --seed ${seed}`);
    }
  }
  expect(broken).toEqual([]);
}, 120_000);
