import { describe, expect, it } from 'vitest';
import { CallSite } from '../../../lib/startup/boot-report.js';

function register(): CallSite {
  return new CallSite(register);
}

describe('CallSite', () => {
  it('is the line that made the call, and no line of the function called', () => {
    const { frame } = register();
    expect(frame).toMatch(/^\s+at .*call-site\.spec\.ts/);
  });

  it('is still one frame if stacks are switched off', () => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const callSite = register();
    Error.stackTraceLimit = limit;
    expect(callSite.frame).toMatch(/^ {4}at /);
  });
});
