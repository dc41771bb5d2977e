import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AnswerTimes } from '../../../lib/transport/answer-times.js';

describe('the time that nearly all answers fit into', () => {
  let times: AnswerTimes;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    times = new AnswerTimes();
    return () => vi.useRealTimers();
  });

  it('is unknown without a response', () => {
    expect(times.nearlyAll(1_000)).toBe(0);
  });

  it('leaves one answer out that took far longer', () => {
    times.add(100, 1_000);
    times.add(100, 1_000);
    times.add(900, 1_000);
    expect(times.nearlyAll(1_000)).toBeCloseTo(110);
  });

  it('counts no call with a longer deadline', () => {
    times.add(5_000, 60_000);
    times.add(5_000, 60_000);
    expect(times.nearlyAll(1_000)).toBe(0);
  });

  it('counts a request without a response as twice as long, within its deadline', () => {
    times.addUnanswered(300, 1_000);
    expect(times.nearlyAll(1_000)).toBeCloseTo(660);
    times.addUnanswered(1_000, 1_000);
    times.addUnanswered(1_000, 1_000);
    expect(times.nearlyAll(1_000)).toBeCloseTo(1_100);
  });

  it('forgets a hang after ten seconds', () => {
    times.addUnanswered(20_000, 20_000);
    times.addUnanswered(20_000, 20_000);
    vi.advanceTimersByTime(10_001);
    times.add(100, 20_000);
    expect(times.nearlyAll(30_000)).toBeCloseTo(110);
  });
});
