import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { CallerSignals } from '../../../lib/transport/call-scope.js';

describe('a signal shared by many calls', () => {
  it('gets one listener, and none once all calls have ended', () => {
    const signals = new CallerSignals();
    const { signal } = new AbortController();
    const ends = Array.from({ length: 10_000 }, () => signals.onAbort(signal, () => undefined));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const end of ends) {
      end();
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('ends every call that is still going on, and no other', () => {
    const signals = new CallerSignals();
    const controller = new AbortController();
    const ended = vi.fn<() => void>();
    const going = [vi.fn<() => void>(), vi.fn<() => void>()];
    const end = signals.onAbort(controller.signal, ended);
    going.forEach((call) => signals.onAbort(controller.signal, call));
    end();
    controller.abort();
    expect(ended).not.toHaveBeenCalled();
    going.forEach((call) => expect(call).toHaveBeenCalledOnce());
  });

  it('can be listened to again after the last call ended', () => {
    const signals = new CallerSignals();
    const controller = new AbortController();
    signals.onAbort(controller.signal, () => undefined)();
    const call = vi.fn<() => void>();
    signals.onAbort(controller.signal, call);
    controller.abort();
    expect(call).toHaveBeenCalledOnce();
  });
});
