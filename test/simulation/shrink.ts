import type { Invariant } from './ledger.js';
import type { Schedule } from './schedule.js';
import { simulate } from './simulate.js';

/** Leaves out events as long as the promise is still broken: halves first, then smaller parts. */
export async function shrink(schedule: Schedule, invariant: Invariant): Promise<Schedule> {
  let smallest = schedule;
  if (invariant === 'goodput') {
    // Without its calls there is no overload.
    return schedule;
  }
  for (let size = schedule.events.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < smallest.events.length;) {
      const events = smallest.events.toSpliced(at, size);
      const candidate = { ...smallest, events };
      // oxlint-disable-next-line no-await-in-loop
      const { violations } = await simulate(schedule.seed, { schedule: candidate });
      if (violations.some((violation) => violation.invariant === invariant)) {
        smallest = candidate;
      } else {
        at += size;
      }
    }
  }
  return smallest;
}
