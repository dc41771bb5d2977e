import { describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { DIAGNOSIS_CODES, type DiagnosisCode } from '../../../lib/diagnosis/catalogue.js';
import { IncidentLog, type Clock } from '../../../lib/filter/incident-log.js';

/** Time that passes only when it is told to. */
class ManualClock implements Clock {
  readonly timers = new Set<{ readonly at: number; readonly run: () => void }>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + milliseconds, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) {
        break;
      }
      this.#now = next.at;
      this.timers.delete(next);
      next.run();
    }
    this.#now = end;
  }
}

function start() {
  const lines: string[] = [];
  const clock = new ManualClock();
  const log = new IncidentLog(
    {
      error: (line: string) => lines.push(`error ${line}`),
      warn: (line: string) => lines.push(`warn ${line}`),
      log: (line: string) => lines.push(`log ${line}`),
    },
    clock,
  );
  const record = (code: DiagnosisCode, detail = 'what was seen') =>
    log.record(createDiagnosis(code, { detail }));
  return { lines, clock, log, record };
}

function rejectionOf(source: string, fingerprint: string) {
  const key = `${source}, 40 characters, sha256:${fingerprint}`;
  return createDiagnosis('COHERE_API_KEY_REJECTED', { detail: 'seen', key });
}

describe("the filter's operator log", () => {
  it('contains the problem, the first fix, and the command for more', () => {
    const { lines, record } = start();
    record('COHERE_RATE_LIMITED');
    const { title, fix } = createDiagnosis('COHERE_RATE_LIMITED', { detail: '' });
    expect(lines).toEqual([
      `warn COHERE_RATE_LIMITED ${title} what was seen Fix: ${fix[0]} More: npx nestjs-cohere explain COHERE_RATE_LIMITED`,
    ]);
  });

  it('names the key, which clients never see', () => {
    const { lines, log } = start();
    const key = 'COHERE_API_KEY, 40 characters, sha256:1f3a9c02';
    log.record(createDiagnosis('COHERE_API_KEY_REJECTED', { detail: 'seen', key }));
    expect(lines[0]).toMatch(
      /^error COHERE_API_KEY_REJECTED The API key was rejected\. Key: COHERE_API_KEY, 40 characters, sha256:1f3a9c02\. seen Fix: /,
    );
  });

  it.each([
    ['COHERE_API_KEY_REJECTED', 'error'],
    ['COHERE_API_KEY_MISSING', 'error'],
    ['COHERE_CONFIG_INVALID', 'error'],
    ['COHERE_QUOTA_EXHAUSTED', 'error'],
    ['COHERE_BILLING_REQUIRED', 'error'],
    ['COHERE_RATE_LIMITED', 'warn'],
    ['COHERE_REQUEST_INVALID', 'warn'],
    ['COHERE_UNREACHABLE', 'warn'],
    ['COHERE_TIMEOUT', 'warn'],
  ] as const)('%s is logged as %s', (code, level) => {
    const { lines, record } = start();
    record(code);
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^${level} ${code} `))]);
  });

  it('logs each kind of failure once, and how often it occurred when it is over', () => {
    const { lines, clock, record } = start();
    record('COHERE_API_KEY_REJECTED', 'first');
    record('COHERE_TIMEOUT');
    for (let request = 1; request < 500; request += 1) {
      clock.pass(1_000);
      record('COHERE_API_KEY_REJECTED', 'again');
    }
    expect(lines).toHaveLength(2);
    clock.pass(59_999);
    expect(lines).toHaveLength(2);
    clock.pass(1);
    expect(lines.slice(2)).toEqual([
      'warn COHERE_API_KEY_REJECTED occurred 500 times in 499 s; none for 60 s.',
    ]);
    record('COHERE_API_KEY_REJECTED', 'the next incident');
    expect(lines.at(-1)).toContain('the next incident');
  });

  it('logs a single failure once', () => {
    const { lines, clock, record } = start();
    record('COHERE_TIMEOUT');
    clock.pass(3_600_000);
    expect(lines).toHaveLength(1);
    expect(clock.timers.size).toBe(0);
  });

  it('holds one timer per code at most, for any number of failures', () => {
    const { clock, record } = start();
    for (let request = 0; request < 1_000; request += 1) {
      for (const code of DIAGNOSIS_CODES) {
        record(code, `request ${request}`);
      }
      clock.pass(100);
    }
    expect(clock.timers.size).toBe(DIAGNOSIS_CODES.length);
  });

  it('logs a refused key once, from the service', () => {
    const { lines, log, clock } = start();
    log.open(rejectionOf('COHERE_API_KEY', '1f3a9c02'));
    log.record(rejectionOf('COHERE_API_KEY', '1f3a9c02'));
    log.record(createDiagnosis('COHERE_API_KEY_REJECTED', { detail: 'an error of the SDK' }));
    expect(lines).toHaveLength(1);
    clock.pass(61_000);
    expect(lines).toEqual([
      expect.any(String),
      expect.stringContaining('COHERE_API_KEY_REJECTED occurred 2 times'),
    ]);
  });

  it('keeps the keys of an app apart, and the keys of its tenants together', () => {
    const { lines, log } = start();
    log.open(rejectionOf('COHERE_API_KEY', '1f3a9c02'));
    log.open(rejectionOf('/run/secrets/eu, key', '2f3a9c02'));
    for (const tenant of ['3f3a9c02', '4f3a9c02', '5f3a9c02']) {
      log.open(rejectionOf('the key given to forKey()', tenant));
    }
    expect(lines).toHaveLength(3);
  });

  it('logs in one line that calls work again, and how often they failed', () => {
    const { lines, log, clock } = start();
    const rejection = rejectionOf('COHERE_API_KEY', '1f3a9c02');
    log.open(rejection);
    log.record(rejection);
    log.record(rejection);
    log.recover(rejection, 'COHERE_API_KEY, 40 characters, sha256:2f3a9c02');
    expect(lines.at(-1)).toBe(
      'log Calls work again with COHERE_API_KEY, 40 characters, sha256:2f3a9c02, after COHERE_API_KEY_REJECTED, which occurred 2 times in 0 s.',
    );
    expect(clock.timers.size).toBe(0);
    log.record(rejection);
    expect(lines).toHaveLength(3);
  });

  it('logs open incidents at shutdown, and leaves no timer', () => {
    const { lines, clock, log, record } = start();
    record('COHERE_TIMEOUT');
    record('COHERE_TIMEOUT');
    log.close();
    expect(lines.at(-1)).toBe('warn COHERE_TIMEOUT occurred 2 times in 0 s; the app shut down.');
    expect(clock.timers.size).toBe(0);
  });
});
