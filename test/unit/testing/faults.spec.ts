import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { CohereEmulator, EmulatorFault } from 'nestjs-cohere/testing';
import { ask, checkKey, message, rerank, results, type EmulatorAnswer } from './support/ask.js';
import { useEmulator } from './support/use-emulator.js';

const emulator = useEmulator();

interface Heard {
  readonly head: string;
  readonly body: string;
  /** The length of the body that the head promises. */
  readonly promised: number;
  readonly received: string;
  /** True where the connection ended with a reset. */
  readonly reset: boolean;
}

/** Collects the bytes of one connection until it ends. */
function listenTo(
  target: CohereEmulator,
  onData: (heard: Heard) => void = () => {},
): Promise<Heard> {
  const body = JSON.stringify({ model: 'rerank-v3.5', query: 'q', documents: ['q', 'r'] });
  const socket = connect(target.port, '127.0.0.1');
  let received = '';
  let reset = false;
  const heard = (): Heard => {
    const [head = '', ...rest] = received.split('\r\n\r\n');
    const promised = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    return { head, body: rest.join('\r\n\r\n'), promised, received, reset };
  };
  return new Promise((resolve) => {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      received += text;
      onData(heard());
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reset = error.code === 'ECONNRESET';
    });
    socket.once('close', () => resolve(heard()));
    socket.write(
      `POST /v2/rerank HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${target.keys.active}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
  });
}

describe('a fault', () => {
  it('status answers as Cohere does, with its own text', async () => {
    emulator.current.fail({ kind: 'status', status: 429 });
    const answer = await rerank(emulator.current);
    expect(answer.status).toBe(429);
    expect(message(answer)).toBe(
      'You are past the per minute request limit, please wait and try again later.',
    );
  });

  it('status takes a message, headers and Retry-After', async () => {
    emulator.current.fail({
      kind: 'status',
      status: 503,
      message: 'down for a moment',
      retryAfter: 0.5,
      headers: { 'x-extra': 'yes' },
    });
    const answer = await rerank(emulator.current);
    expect(message(answer)).toBe('down for a moment');
    expect(answer.headers.get('retry-after')).toBe('0.5');
    expect(answer.headers.get('x-extra')).toBe('yes');
  });

  it('latency delays the right answer', async () => {
    emulator.current.fail({ kind: 'latency', ms: 30 });
    expect((await rerank(emulator.current)).status).toBe(200);
    expect(emulator.current.requests[0]?.durationMs).toBeGreaterThanOrEqual(29);
  });

  it('hang sends nothing, and stop() ends it', async () => {
    emulator.current.fail({ kind: 'hang' });
    const hanging = listenTo(emulator.current);
    await emulator.current.waitForRequests(1);
    expect(emulator.current.requests[0]?.status).toBeUndefined();
    await emulator.current.stop();
    expect((await hanging).received).toBe('');
  });

  it('hang in the body sends half of it, and stop() ends that too', async () => {
    emulator.current.fail({ kind: 'hang', at: 'body' });
    let halfHeard = false;
    const hanging = listenTo(emulator.current, ({ body, promised }) => {
      halfHeard = body.length === Math.floor(promised / 2);
    });
    await expect.poll(() => halfHeard, { interval: 5 }).toBe(true);
    await emulator.current.stop();
    const { head, body, promised } = await hanging;
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(body).toHaveLength(Math.floor(promised / 2));
  });

  it('reset breaks the connection before any response', async () => {
    emulator.current.fail({ kind: 'reset' });
    expect(await listenTo(emulator.current)).toMatchObject({ received: '', reset: true });
  });

  it('reset in the body breaks it half way', async () => {
    emulator.current.fail({ kind: 'reset', at: 'body' });
    const { head, body, promised, reset } = await listenTo(emulator.current);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(body).toHaveLength(Math.floor(promised / 2));
    expect(reset).toBe(true);
    expect(emulator.current.requests[0]?.status).toBe(200);
  });

  it('truncate closes the connection before the promised end', async () => {
    emulator.current.fail({ kind: 'truncate' });
    const { body, promised, reset } = await listenTo(emulator.current);
    expect(body).toHaveLength(Math.floor(promised / 2));
    expect(reset).toBe(false);
  });

  it('html is a page, with any status', async () => {
    emulator.current.fail({ kind: 'html' });
    const blocked = await rerank(emulator.current);
    expect(blocked.status).toBe(403);
    expect(blocked.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(blocked.text).toContain('<title>403</title>');
    emulator.current.fail({ kind: 'html', status: 200 });
    expect((await rerank(emulator.current)).status).toBe(200);
  });

  it('non-json claims to be JSON, but is not', async () => {
    emulator.current.fail({ kind: 'non-json' });
    const cut = await rerank(emulator.current);
    expect(cut.headers.get('content-type')).toBe('application/json');
    expect(() => JSON.parse(cut.text) as unknown).toThrow(SyntaxError);
    emulator.current.fail({ kind: 'non-json', status: 401, body: '{"message": ' });
    expect(await rerank(emulator.current)).toMatchObject({ status: 401, text: '{"message": ' });
  });

  it('wrong-shape makes an invalid ranking', async () => {
    expect(indices(await shaped('index-out-of-range'))[0]).toBeGreaterThan(1);
    expect(indices(await shaped('duplicate-index'))).toEqual([0, 0, 1]);
    expect((await shaped('missing-results')).body).not.toHaveProperty('results');
    expect((await shaped('missing-results')).body).toHaveProperty('meta');
    expect((await shaped('missing-score')).text).not.toContain('relevance_score');
    expect((await shaped('empty-object')).body).toEqual({});
  });

  it('wrong-shape leaves other answers alone', async () => {
    emulator.current.fail({ kind: 'wrong-shape', shape: 'missing-results' });
    expect((await ask(emulator.current, '/v1/models')).body).toHaveProperty('models');
  });
});

describe('the request that a fault applies to', () => {
  it('the next one', async () => {
    emulator.current.fail(status(500));
    expect(await ask3()).toEqual([500, 200, 200]);
  });

  it('the next few, then those of the fault behind it', async () => {
    emulator.current.fail(status(500), { times: 2 });
    emulator.current.fail(status(503));
    expect(await ask3()).toEqual([500, 500, 503]);
  });

  it('all, until faults are cleared', async () => {
    emulator.current.fail(status(500), { times: Infinity });
    expect(await ask3()).toEqual([500, 500, 500]);
    emulator.current.clearFaults();
    expect(await ask3()).toEqual([200, 200, 200]);
  });

  it('those of a path', async () => {
    emulator.current.fail(status(500), { path: '/v1/check-api-key' });
    expect((await rerank(emulator.current)).status).toBe(200);
    expect((await checkKey(emulator.current, emulator.current.keys.active)).status).toBe(500);
  });

  it('those a predicate picks', async () => {
    emulator.current.fail(status(500), {
      times: Infinity,
      when: ({ body }) => JSON.stringify(body).includes('poison'),
    });
    expect((await rerank(emulator.current, { query: 'poison' })).status).toBe(500);
    expect((await rerank(emulator.current, { query: 'bread' })).status).toBe(200);
  });

  it('a predicate that throws is reported to the test, and ends nothing', async () => {
    emulator.current.fail(status(503), {
      when: () => {
        throw new Error('no such field');
      },
    });
    const answer = await rerank(emulator.current);
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('no such field');
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s as the number of times', (times) => {
    expect(() => emulator.current.fail(status(500), { times })).toThrow(RangeError);
  });
});

describe('a fault that cannot be sent', () => {
  it.each([
    ['{"kind":"sttus","status":500}', /^The kind of a fault must be one of status, latency, /],
    [
      '{"kind":"status","status":42}',
      /^status must be a whole number from 200 to 599; it is 42\.$/,
    ],
    ['{"kind":"status","status":"500"}', /^status must be/],
    ['{"kind":"html","status":1000}', /^status must be/],
    ['{"kind":"non-json","status":101}', /^status must be/],
    ['{"kind":"latency","ms":-1}', /^ms must be a number from 0 to 2147483647; it is -1\.$/],
    ['{"kind":"latency"}', /^ms must be/],
    ['{"kind":"hang","at":"end"}', /^at must be one of headers, body\.$/],
    ['{"kind":"wrong-shape","shape":"round"}', /^shape must be one of index-out-of-range, /],
    [
      '{"kind":"status","status":429,"retryAfter":"1\\r\\n2"}',
      /^retry-after is not a valid header/,
    ],
    ['{"kind":"status","status":429,"headers":{"a b":"c"}}', /^a b is not a valid header/],
  ])('%s is refused when it is asked for', (json, reason) => {
    const fault: EmulatorFault = JSON.parse(json);
    expect(() => emulator.current.fail(fault)).toThrow(RangeError);
    expect(() => emulator.current.fail(fault)).toThrow(reason);
  });
});

describe('latencyMs', () => {
  it('delays every answer, and releases everything when a caller aborts', async () => {
    const slow = await emulator.start({ latencyMs: 30 });
    await rerank(slow);
    expect(slow.requests[0]?.durationMs).toBeGreaterThanOrEqual(29);
    const never = await emulator.start({ latencyMs: 3_600_000 });
    const before = timers();
    const abandoned = Array.from({ length: 50 }, () => rerank(never).catch(() => 'ended'));
    await never.waitForRequests(50);
    await never.stop();
    await Promise.all(abandoned);
    expect(timers()).toBeLessThan(before + 25);
  });
});

function status(code: number): EmulatorFault {
  return { kind: 'status', status: code };
}

async function ask3(): Promise<number[]> {
  const statuses: number[] = [];
  for (let calls = 0; calls < 3; calls += 1) {
    statuses.push((await rerank(emulator.current)).status);
  }
  return statuses;
}

function shaped(
  shape: Extract<EmulatorFault, { kind: 'wrong-shape' }>['shape'],
): Promise<EmulatorAnswer> {
  emulator.current.fail({ kind: 'wrong-shape', shape });
  return rerank(emulator.current);
}

function indices(answer: EmulatorAnswer): number[] {
  return results(answer).map(({ index }) => index);
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
