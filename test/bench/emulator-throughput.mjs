// npm run build && node test/bench/emulator-throughput.mjs [seconds]
// How many reranks of 10 short documents the emulator answers on loopback. It runs in a process of its own,
// so that the CPU time of the two is told apart: what one core does alone is 1 s / CPU time per request.
import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { Pool } from 'undici';
import { fileURLToPath } from 'node:url';

const SERVE = 'serve';
const CONNECTIONS = 32;
const ROUNDS = 5;
const BODY = JSON.stringify({
  model: 'rerank-v5.0-fast',
  query: 'how do I refund a client who paid too much',
  top_n: 5,
  documents: [
    'Refund a payment from the invoice it belongs to.',
    'Record a payment that was made by bank transfer.',
    'Reset your password from the page you log in on.',
    'Remind clients of invoices that are overdue.',
    'Shipping takes three days within the country.',
    'A credit note reduces what a client owes.',
    'Track the hours you work on a project.',
    'Change the language of an invoice.',
    'Invite a colleague and give them a role.',
    'Export everything as a spreadsheet.',
  ],
});

if (process.argv[2] === SERVE) {
  await serve();
} else {
  await measure(Number(process.argv[2] ?? 4));
}

async function serve() {
  const { CohereEmulator } = await import('../../dist/testing.js');
  const emulator = await CohereEmulator.start();
  process.on('message', () => process.send(process.cpuUsage()));
  process.send({ url: emulator.url, key: emulator.keys.active });
}

async function measure(seconds) {
  const server = fork(fileURLToPath(import.meta.url), [SERVE]);
  const { url, key } = await message(server);
  const pool = new Pool(url, { connections: CONNECTIONS });
  await askFor(pool, key, 2);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await cpuMs(server);
    const requests = await askFor(pool, key, seconds);
    rounds.push({
      perSecond: Math.round(requests / seconds),
      cpuMs: (await cpuMs(server)) - before,
      requests,
    });
  }
  server.kill();
  await pool.destroy();
  for (const { perSecond, cpuMs: spent, requests } of rounds) {
    const each = spent / requests;
    console.log(
      `${perSecond} requests/s; ${each.toFixed(3)} ms of CPU each, so ${Math.round(1_000 / each)}/s on a core alone`,
    );
  }
  console.log(`load average ${loadavg()[0].toFixed(1)}`);
}

async function askFor(pool, key, seconds) {
  const request = {
    path: '/v2/rerank',
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: BODY,
  };
  const end = performance.now() + seconds * 1_000;
  let answered = 0;
  const client = async () => {
    while (performance.now() < end) {
      const { statusCode, body } = await pool.request(request);
      await body.dump();
      if (statusCode !== 200) {
        throw new Error(`status ${statusCode}`);
      }
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return answered;
}

async function cpuMs(server) {
  const answer = message(server);
  server.send('cpu');
  const { user, system } = await answer;
  return (user + system) / 1_000;
}

function message(child) {
  return new Promise((resolve) => {
    child.once('message', resolve);
  });
}
