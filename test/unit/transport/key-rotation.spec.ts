import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CohereEmulator } from '../../../lib/testing/index.js';
import { CohereTransport } from '../../../lib/transport/cohere-transport.js';
import { answeredBy, COHERE_URL } from '../../support/cohere-host.js';
import { diagnosisOf } from '../../support/diagnosis-of.js';
import {
  HangingKeySource,
  FakeKeySource,
  keyOver,
  rerankOver,
  settingsFor,
} from '../../support/rerank-over.js';
import { KEY } from '../../support/keys.js';
import { type Answer, json, ranking, StubCohere, unauthorized } from '../../support/stub-cohere.js';
import { createKeySource } from '../../../lib/config/api-key/create-key-source.js';
import { fingerprint, Secret } from '../../../lib/config/api-key/secret.js';
import { RerankService } from '../../../lib/rerank/rerank.service.js';

const NEW = 'new-key-0123456789abcdefghijABCDEFGHIJ01';
const REQUEST = { query: 'q', documents: ['a', 'b'] };

async function emulate(latencyMs = 0): Promise<CohereEmulator> {
  const emulator = await CohereEmulator.start({ latencyMs });
  onTestFinished(() => emulator.stop());
  return emulator;
}

/** A service whose Cohere is the emulator, at Cohere's own address. */
const rerankAtCohere = ({ url }: CohereEmulator, options: Parameters<typeof rerankOver>[1] = {}) =>
  rerankOver(COHERE_URL, { dispatcher: answeredBy(url), ...options });

const keysSeen = ({ requests }: CohereEmulator) => requests.map((request) => request.fingerprint);

const paths = ({ requests }: CohereEmulator) => requests.map(({ path }) => path);

function overHangingKeySource(url: string) {
  const clock = { now: 0 };
  const source = new HangingKeySource();
  return { clock, ...rerankOver(url, { source, timeoutMs: 300, now: () => clock.now }) };
}

describe('a 401 while serving', () => {
  it('has the call tried once more when the source holds another key', async () => {
    const emulator = await emulate();
    const { service, source } = rerankOver(emulator.url, {
      source: new FakeKeySource(emulator.keys.revoked),
      maxRetries: 0,
    });
    source.value = emulator.keys.active;
    const { usage } = await service.rerank(REQUEST);
    expect(usage).toMatchObject({ requests: 1, retries: 1 });
    expect(keysSeen(emulator)).toEqual(
      [emulator.keys.revoked, emulator.keys.active].map(fingerprint),
    );
    expect(source.reads).toBe(1);
  });

  it('ends with the refusal, and without a storm, if every reading returns another bad key', async () => {
    const emulator = await emulate();
    // After pauses of 100, 200 and 400 ms, one of 800 does not fit, with half a second to spare for slow machines.
    const { service, source } = rerankOver(emulator.url, { timeoutMs: 1_400 });
    source.read = () => {
      source.reads += 1;
      return Promise.resolve(new Secret(`${KEY}${source.reads}`));
    };
    const { code } = await diagnosisOf(service.rerank(REQUEST));
    expect(code).toBe('COHERE_API_KEY_REJECTED');
    expect(source.reads).toBeGreaterThan(2);
    expect(emulator.requests.length).toBeLessThan(15);
  });

  it('is final if the source still has the same key, which is then not sent again', async () => {
    const clock = { now: 0 };
    const emulator = await emulate();
    const { service, source } = rerankAtCohere(emulator, {
      source: new FakeKeySource(emulator.keys.revoked),
      now: () => clock.now,
    });
    const first = await diagnosisOf(service.rerank(REQUEST));
    const second = await diagnosisOf(service.rerank(REQUEST));
    expect([first.code, second.code]).toEqual([
      'COHERE_API_KEY_REJECTED',
      'COHERE_API_KEY_REJECTED',
    ]);
    expect(second.detail).toContain('tried again every 5 seconds');
    expect(paths(emulator)).toEqual(['/v2/rerank', '/v1/check-api-key']);
    expect(source.reads).toBe(1);
    clock.now += 5_000;
    await Promise.all([1, 2, 3].map(() => diagnosisOf(service.rerank(REQUEST))));
    expect(paths(emulator)).toEqual(['/v2/rerank', '/v1/check-api-key', '/v1/check-api-key']);
  });

  it('is over as soon as reloadKey() finds a good one', async () => {
    const emulator = await emulate();
    const { service, source } = rerankAtCohere(emulator, {
      source: new FakeKeySource(emulator.keys.revoked),
    });
    await diagnosisOf(service.rerank(REQUEST));
    source.value = emulator.keys.active;
    await service.reloadKey();
    await service.rerank(REQUEST);
    expect(paths(emulator)).toEqual(['/v2/rerank', '/v1/check-api-key', '/v2/rerank']);
  });
});

/** A gateway that refuses the routes it does not serve, as it refuses a bad key. */
async function startGateway(...answers: readonly Answer[]) {
  const clock = { now: 0 };
  const stub = await StubCohere.start(...answers);
  stub.keyCheck = json(401, { message: 'Unauthorized' });
  return { stub, clock, ...rerankOver(stub.url, { now: () => clock.now, maxRetries: 0 }) };
}

describe('a 401 of another host than Cohere', () => {
  it('that is spurious causes no outage, although its check route refuses the key', async () => {
    const { service, keys } = await startGateway(unauthorized, ranking());
    const { usage } = await service.rerank(REQUEST);
    expect(usage).toMatchObject({ requests: 1, retries: 1 });
    expect(keys.rejection).toBeUndefined();
  });

  it('counts with the second one of the same call', async () => {
    const { service, stub } = await startGateway(unauthorized);
    expect((await diagnosisOf(service.rerank(REQUEST))).code).toBe('COHERE_API_KEY_REJECTED');
    expect(stub.requests).toHaveLength(2);
    await diagnosisOf(service.rerank(REQUEST));
    expect(stub.requests).toHaveLength(2);
  });

  it('counts with the second one also where the check route calls every key valid', async () => {
    const { service, stub, keys, clock } = await startGateway(unauthorized);
    stub.keyCheck = json(200, { valid: true });
    expect((await diagnosisOf(service.rerank(REQUEST))).code).toBe('COHERE_API_KEY_REJECTED');
    await diagnosisOf(service.rerank(REQUEST));
    expect(stub.requests).toHaveLength(2);
    clock.now += 5_000;
    await diagnosisOf(service.rerank(REQUEST));
    expect(keys.rejection).toBeDefined();
    expect(stub.requests).toHaveLength(3);
  });

  it('is not ended by checkKey() where the check route calls every key valid', async () => {
    const { service, stub, keys } = await startGateway(unauthorized);
    stub.keyCheck = json(200, { valid: true });
    await diagnosisOf(service.rerank(REQUEST));
    expect(await service.checkKey()).toMatchObject({
      verdict: 'rejected',
      diagnosis: { code: 'COHERE_API_KEY_REJECTED' },
    });
    expect(keys.rejection).toBeDefined();
    stub.script(ranking());
    expect((await service.checkKey()).verdict).toBe('valid');
    expect(keys.rejection).toBeUndefined();
    await service.rerank(REQUEST);
  });

  it('ends a run of rerankEach also where the check route calls every key valid', async () => {
    const { service, stub } = await startGateway(unauthorized);
    stub.keyCheck = json(200, { valid: true });
    const run = service.rerankEach(
      Array.from({ length: 50 }, () => REQUEST),
      { concurrency: 1 },
    );
    expect((await diagnosisOf(run.next())).code).toBe('COHERE_API_KEY_REJECTED');
    expect(stub.requests).toHaveLength(2);
  });

  it('is over, without a restart, once the key is restored', async () => {
    const { service, stub, clock } = await startGateway(unauthorized);
    await diagnosisOf(service.rerank(REQUEST));
    clock.now += 5_000;
    await diagnosisOf(service.rerank(REQUEST));
    expect(stub.requests).toHaveLength(3);
    stub.script(ranking());
    clock.now += 5_000;
    await service.rerank(REQUEST);
    await service.rerank(REQUEST);
    expect(stub.requests).toHaveLength(5);
  });
});

it('a check does not vouch for a key that came into use while it ran', async () => {
  const held: (() => void)[] = [];
  const stub = await StubCohere.start();
  stub.keyCheck = (request, response) =>
    void held.push(() => json(200, { valid: true })(request, response));
  const { service, source, keys } = rerankOver(stub.url);
  const checking = service.checkKey();
  await vi.waitFor(() => expect(held).toHaveLength(1));
  source.value = NEW;
  await service.reloadKey();
  held[0]?.();
  expect((await checking).verdict).toBe('valid');
  expect(keys.isAccepted).toBe(false);
});

it('a key that was replaced stays a secret: an upstream may still name it', async () => {
  const former = 'orange-boat-in-harbour-alpha';
  const stub = await StubCohere.start(json(400, { message: `not ${former} any more` }));
  const { service, source } = rerankOver(stub.url, { source: new FakeKeySource(former) });
  source.value = NEW;
  await service.reloadKey();
  const diagnosis = await diagnosisOf(service.rerank(REQUEST));
  expect(diagnosis.code).toBe('COHERE_REQUEST_INVALID');
  expect(JSON.stringify(diagnosis)).not.toContain(former.slice(0, 12));
});

describe('a source that does not answer', () => {
  it('holds no rerank longer than its deadline', async () => {
    const { service, clock } = overHangingKeySource((await emulate()).url);
    clock.now += 5_000;
    const { code, detail } = await diagnosisOf(service.rerank(REQUEST));
    expect(code).toBe('COHERE_TIMEOUT');
    expect(detail).toContain('the API key was still being read');
  });

  it.each(['active', 'revoked'] as const)(
    'holds no checkKey(): the key in use is checked (%s)',
    async (state) => {
      const emulator = await emulate();
      emulator.setKey(KEY, state);
      const { service, clock } = overHangingKeySource(emulator.url);
      clock.now += 5_000;
      const { verdict } = await service.checkKey();
      expect(verdict).toBe(state === 'active' ? 'valid' : 'rejected');
    },
  );
});

describe('a rotation under load', () => {
  it('loses none of 200 concurrent calls, and reads the source once', async () => {
    const emulator = await emulate(5);
    const old = emulator.keys.active;
    emulator.setKey(NEW, 'active');
    const { service, source } = rerankOver(emulator.url, { source: new FakeKeySource(old) });
    const calls = Array.from({ length: 200 }, () => service.rerank(REQUEST));
    await emulator.waitForRequests(60);
    source.value = NEW;
    emulator.setKey(old, 'revoked');
    const responses = await Promise.all(calls);
    expect(responses.every(({ results }) => results.length === 2)).toBe(true);
    const { byStatus } = emulator.counters;
    expect(byStatus[200]).toBe(200);
    expect(byStatus[401]).toBeGreaterThan(0);
    // What was under way with the old key, and nothing after that.
    expect(byStatus[401]).toBeLessThanOrEqual(32);
    expect(source.reads).toBe(1);
  });

  it('that never happens fails the calls in flight, and sends none that wait behind them', async () => {
    const emulator = await emulate(5);
    const { service, source } = rerankAtCohere(emulator, {
      source: new FakeKeySource(emulator.keys.revoked),
      concurrency: 4,
    });
    const calls = Array.from({ length: 50 }, () => diagnosisOf(service.rerank(REQUEST)));
    const codes = new Set((await Promise.all(calls)).map(({ code }) => code));
    expect(codes).toEqual(new Set(['COHERE_API_KEY_REJECTED']));
    await diagnosisOf(service.rerank(REQUEST));
    expect(emulator.requests.length).toBeLessThan(25);
    expect(source.reads).toBeLessThan(25);
  });
});

/** `key` leads to `..data/key`, and `..data` to a folder that is replaced as a whole. */
function mountSecret(first: string) {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let version = 0;
  const put = (key: string) => {
    version += 1;
    mkdirSync(join(folder, `..${version}`));
    writeFileSync(join(folder, `..${version}`, 'key'), `${key}\n`);
    symlinkSync(`..${version}`, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  put(first);
  symlinkSync(join('..data', 'key'), join(folder, 'key'));
  return { file: join(folder, 'key'), put };
}

async function serveMounted(emulator: CohereEmulator) {
  const clock = { now: 0 };
  const secret = mountSecret(emulator.keys.active);
  const source = createKeySource(
    { file: secret.file },
    { variables: {}, workingDirectory: tmpdir() },
  );
  const settings = settingsFor(emulator.url);
  const transport = new CohereTransport(settings);
  onTestFinished(() => transport.close());
  const key = await source.read();
  const apiKey = keyOver(transport, settings, { source, key, now: () => clock.now });
  return { ...secret, clock, service: new RerankService({ settings, transport, apiKey }) };
}

describe('a secret that Kubernetes mounts', () => {
  it('is picked up within a second or so, while the old key still works', async () => {
    const emulator = await emulate();
    emulator.setKey(NEW, 'active');
    const { service, put, clock } = await serveMounted(emulator);
    await service.rerank(REQUEST);
    put(NEW);
    await service.rerank(REQUEST);
    clock.now += 1_000;
    await service.rerank(REQUEST);
    const old = fingerprint(emulator.keys.active);
    expect(keysSeen(emulator)).toEqual([old, old, fingerprint(NEW)]);
  });

  it('is picked up at once when the old key is refused', async () => {
    const emulator = await emulate();
    emulator.setKey(NEW, 'active');
    const { service, put } = await serveMounted(emulator);
    put(NEW);
    emulator.setKey(emulator.keys.active, 'revoked');
    const { usage } = await service.rerank(REQUEST);
    expect(usage.retries).toBe(1);
  });
});

describe('a service for a key of its own', () => {
  it('shares connections and concurrency', async () => {
    const stub = await StubCohere.start(ranking());
    const { service } = rerankOver(stub.url, { concurrency: 1 });
    const tenant = service.forKey(NEW);
    await service.rerank(REQUEST);
    await tenant.rerank(REQUEST);
    await Promise.all([tenant.rerank(REQUEST), service.rerank(REQUEST)]);
    expect(stub.connectionCount).toBe(1);
    expect(stub.requests[1]?.headers.authorization).toBe(`Bearer ${NEW}`);
    expect(stub.requests[0]?.headers.authorization).not.toContain(NEW);
  });

  it('does not pass on the 401, and names the owner of the key', async () => {
    const emulator = await emulate();
    const { service, source } = rerankAtCohere(emulator, {
      source: new FakeKeySource(emulator.keys.active),
    });
    const tenant = service.forKey(emulator.keys.revoked);
    const { code, key } = await diagnosisOf(tenant.rerank(REQUEST));
    expect(code).toBe('COHERE_API_KEY_REJECTED');
    expect(key).toContain('the key given to forKey()');
    expect(key).toContain(fingerprint(emulator.keys.revoked));
    await service.rerank(REQUEST);
    await service.forKey(emulator.keys.active).rerank(REQUEST);
    expect(source.reads).toBe(0);
    await diagnosisOf(tenant.rerank(REQUEST));
    expect(paths(emulator).filter((path) => path === '/v2/rerank')).toHaveLength(3);
  });

  it('works while the key of the instance is refused', async () => {
    const emulator = await emulate();
    const { service } = rerankOver(emulator.url, {
      source: new FakeKeySource(emulator.keys.revoked),
    });
    await diagnosisOf(service.rerank(REQUEST));
    const { results } = await service.forKey(emulator.keys.active).rerank(REQUEST);
    expect(results).toHaveLength(2);
  });

  it('calls Cohere again after reloadKey(), which has no source to read', async () => {
    const stub = await StubCohere.start(unauthorized, ranking());
    stub.keyCheck = json(200, { valid: false });
    const { service, source } = rerankOver(COHERE_URL, { dispatcher: answeredBy(stub.url) });
    const tenant = service.forKey(NEW);
    await diagnosisOf(tenant.rerank(REQUEST));
    await tenant.reloadKey();
    await tenant.rerank(REQUEST);
    expect(source.reads).toBe(0);
  });

  it('is not made for what cannot be a key, and the error shows none of it', () => {
    const { service } = rerankOver('http://cohere.test');
    expect(() => service.forKey(`"${NEW}"`)).toThrow(
      expect.objectContaining({ code: 'COHERE_API_KEY_MALFORMED' }),
    );
    expect(() => service.forKey(`"${NEW}"`)).not.toThrow(NEW);
  });
});
