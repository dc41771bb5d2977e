// Runs other people's Cohere clients, unchanged, against the emulator of the built package:
//   npm run build && node test/conformance/run.mjs
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = new URL('.', import.meta.url);
const emulatorModule = new URL('../../dist/testing.js', here);

if (!existsSync(emulatorModule)) {
  console.error('There is no dist/ yet: run npm run build first.');
  process.exit(1);
}
installClients();

// A key of the caller must not find its way into what is tested here.
for (const name of ['CO_API_KEY', 'COHERE_API_KEY', 'CO_API_URL', 'COHERE_BASE_URL']) {
  delete process.env[name];
}

const { CohereEmulator } = await import(emulatorModule.href);
const failures = [];
let passed = 0;
for (const file of readdirSync(new URL('clients/', here)).toSorted()) {
  const clients = (await import(new URL(`clients/${file}`, here).href)).default;
  for (const { name, checks } of [clients].flat()) {
    console.log(`\n${name}`);
    for (const [promise, check] of Object.entries(checks)) {
      await run(name, promise, check);
    }
  }
}

for (const { where, error } of failures) {
  console.error(`\n${where}\n${error instanceof Error ? error.stack : String(error)}`);
}
console.log(`\n${passed} passed, ${failures.length} failed`);
// cohere-ai keeps its timer of 300 s when a connection breaks; nobody shall wait for that here.
process.exit(failures.length === 0 ? 0 : 1);

async function run(name, promise, check) {
  const started = [];
  const start = async (options) => {
    const emulator = await CohereEmulator.start(options);
    started.push(emulator);
    return emulator;
  };
  try {
    await check(await start(), start);
    passed += 1;
    console.log(`  ok    ${promise}`);
  } catch (error) {
    failures.push({ where: `${name}: ${promise}`, error });
    console.log(`  FAIL  ${promise}`);
  } finally {
    await Promise.all(started.map((emulator) => emulator.stop()));
  }
}

/** Once, and again whenever a pinned version changes. */
function installClients() {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', here), 'utf8'));
  const missing = Object.entries(dependencies).filter(
    ([name, version]) => installedVersion(name) !== version.replace(/^npm:.*@/, ''),
  );
  if (missing.length > 0) {
    const options = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    execFileSync('npm', ['install', ...options], { cwd: fileURLToPath(here), stdio: 'inherit' });
  }
}

function installedVersion(name) {
  const manifest = new URL(`node_modules/${name}/package.json`, here);
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}
