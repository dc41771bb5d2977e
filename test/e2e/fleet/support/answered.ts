import type { CohereEmulator } from 'nestjs-cohere/testing';
import { expect } from 'vitest';

/** Resolves once more requests than that have been answered with 200. */
export async function answered(cohere: CohereEmulator, count: number): Promise<void> {
  const requests = () => cohere.counters.byStatus[200] ?? 0;
  await expect.poll(requests, { timeout: 120_000, interval: 5 }).toBeGreaterThan(count);
}
