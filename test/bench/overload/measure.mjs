// One contender at a steady rate of calls, whatever becomes of them. Sends its figures to the process that forked it.
import { median } from '../median.mjs';
import { create } from './contenders.mjs';

const { contender, url, rate, seconds, timeoutMs } = JSON.parse(process.argv[2]);
const call = await create(contender, { url, timeoutMs });
await call();

/** By the second in which it ended. */
const served = Array.from({ length: seconds }, () => 0);
const refusals = [];
const pending = [];
const startedAt = performance.now();
const elapsed = () => performance.now() - startedAt;

await new Promise((resolve) => {
  const timer = setInterval(() => {
    const due = Math.floor((Math.min(elapsed(), seconds * 1_000) / 1_000) * rate);
    while (pending.length < due) {
      pending.push(timed());
    }
    if (elapsed() >= seconds * 1_000) {
      clearInterval(timer);
      resolve();
    }
  }, 5);
});
await Promise.all(pending);

// The first seconds fill the queue.
const steady = served.slice(Math.ceil(timeoutMs / 1_000) + 1);
process.send({
  served,
  servedPerSecond: steady.reduce((sum, count) => sum + count, 0) / steady.length,
  failed: refusals.length,
  refusalMs: refusals.length === 0 ? undefined : median(refusals),
  calls: pending.length,
});
process.disconnect();
process.exit();

async function timed() {
  const from = performance.now();
  try {
    await call();
    const second = Math.floor(elapsed() / 1_000);
    if (second < seconds) {
      served[second] += 1;
    }
  } catch {
    refusals.push(performance.now() - from);
  }
}
