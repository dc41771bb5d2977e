import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Progress } from '../../../sample/05-bulk/src/progress.js';
import { budgetFor } from '../../../sample/05-bulk/src/settings.js';

/** What a terminal of so many columns is sent. */
function onTerminal(columns: number, use: (progress: Progress) => void): string {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of one as is used
  use(new Progress(4, 1, stream as unknown as NodeJS.WriteStream));
  return String(stream.read());
}

describe('the progress on a terminal', () => {
  it.each([80, 30, 10])('is one line that never wraps, with %i columns', (columns) => {
    const shown = onTerminal(columns, (progress) => {
      progress.step(false);
      progress.end();
    });
    const frames = shown.trimEnd().split('\r\u001b[K').slice(1);
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) {
      expect(frame.length).toBeLessThan(columns);
      expect(frame).not.toContain('\n');
    }
    expect(shown.endsWith('\n')).toBe(true);
  });

  it('shows a bar, and the requests of the run before', () => {
    const shown = onTerminal(80, (progress) => progress.step(false));
    expect(shown).toContain('[============            ] 2 of 4');
  });
});

describe('the points of the rate limiter for a key', () => {
  it.each([
    [1_000, { points: 16, duration: 1 }],
    [10, { points: 1, duration: 7 }],
    [1_000_000, { points: 16_393, duration: 1 }],
    [1, { points: 1, duration: 61 }],
  ])('with %i calls a minute are the most that it can keep to', (calls, budget) => {
    expect(budgetFor(calls)).toEqual(budget);
  });

  it('never allows more than the key does, in any 60 seconds', () => {
    for (let calls = 2; calls < 5_000; calls += 7) {
      const { points, duration } = budgetFor(calls);
      // Windows that a sliding minute can touch.
      expect(points * (Math.ceil(60 / duration) + 1)).toBeLessThanOrEqual(calls);
    }
  });
});
