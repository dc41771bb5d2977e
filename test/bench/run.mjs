// npm run bench [-- --quick] [--json] [--only rerank|boot|fleet|overload] [--rounds N] [--write]
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildPackage } from './build-package.mjs';
import { runBootSuite } from './boot/suite.mjs';
import { runFleetSuite } from './fleet/suite.mjs';
import { describeMachine, describeVersions, loadAverage } from './machine.mjs';
import { installPeers } from './peers.mjs';
import { renderOverloadCharts } from './overload/chart.mjs';
import { runOverloadSuite } from './overload/suite.mjs';
import { renderReport, renderTargets } from './report.mjs';
import { renderCharts } from './rerank/chart.mjs';
import { runRerankSuite } from './rerank/suite.mjs';
import { judgeTargets } from './targets.mjs';

const SUITES = ['rerank', 'boot', 'fleet', 'overload'];
const PAGE = new URL('../../docs/performance.md', import.meta.url);
const FLEET_PAGE = new URL('../../docs/scaling.md', import.meta.url);
const IMAGES = new URL('../../docs/images/', import.meta.url);
const FIGURES = new URL('../../docs/performance.json', import.meta.url);

const { json, quick, only, rounds, write } = readArguments();
// Standard output is for the figures.
const log = (line) => process.stderr.write(`${line}\n`);

buildPackage(log);
if (only === undefined || only === 'rerank') {
  installPeers(log);
}
const loadBefore = loadAverage();
const suites = {
  ...(only !== undefined && only !== 'rerank'
    ? {}
    : {
        rerank: await runRerankSuite({
          rounds: rounds ?? (quick ? 3 : 7),
          share: quick ? 0.4 : 1,
          log,
        }),
      }),
  ...(only !== undefined && only !== 'boot'
    ? {}
    : { boot: await runBootSuite({ rounds: rounds ?? (quick ? 3 : 15), log }) }),
  // Only when it is asked for: it takes a quarter of an hour by itself, and its figures have a page of their own.
  ...(only === 'fleet'
    ? {
        fleet: await runFleetSuite({
          rounds: rounds ?? (quick ? 3 : 9),
          minutes: quick ? 0 : 3,
          log,
        }),
      }
    : {}),
  ...(only === 'overload'
    ? { overload: await runOverloadSuite({ seconds: quick ? 6 : 15, log }) }
    : {}),
};
const run = {
  date: new Date().toISOString().slice(0, 10),
  quick,
  machine: { ...describeMachine(), loadBefore, loadAfter: loadAverage() },
  versions: describeVersions(),
  suites,
  targets: judgeTargets(suites),
};

if (write) {
  writePage(run, only === 'fleet' ? FLEET_PAGE : PAGE);
}
console.log(
  json ? JSON.stringify(run, null, 2) : `${renderReport(run)}\n\n${renderTargets(run.targets)}`,
);
// A missed target is no failure of this program: other machines, other noise.

function readArguments() {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  if (values.only !== undefined && !SUITES.includes(values.only)) {
    throw new Error(`--only takes ${SUITES.join(' or ')}`);
  }
  const wanted = values.rounds === undefined ? undefined : Number(values.rounds);
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted > 0)) {
    throw new Error('--rounds takes a whole number from 1');
  }
  if (values.write && (values.quick || ![undefined, 'fleet', 'overload'].includes(values.only))) {
    throw new Error('--write is for whole runs, --only fleet and --only overload, without --quick');
  }
  return { ...values, rounds: wanted };
}

/** Replaces the figures in docs/performance.md, so that nobody copies them by hand. */
function writePage(figures, pageFile) {
  const start = `<!-- figures: npm run bench --${only === undefined ? '' : ` --only ${only}`} --write -->`;
  const end = '<!-- end of figures -->';
  const page = readFileSync(pageFile, 'utf8');
  const before = page.indexOf(start);
  const after = page.indexOf(end, before);
  if (before === -1 || after === -1) {
    throw new Error(`${pageFile.pathname} has no place for the figures`);
  }
  writeFileSync(
    pageFile,
    `${page.slice(0, before)}${start}\n\n${renderReport(figures)}\n\n${page.slice(after)}`,
  );
  if (only === 'overload') {
    writeCharts(renderOverloadCharts(figures.suites.overload));
  }
  if (only === undefined) {
    writeCharts(renderCharts(figures.suites.rerank));
    writeFileSync(FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
  }
}

function writeCharts(charts) {
  for (const [name, svg] of charts) {
    writeFileSync(new URL(name, IMAGES), svg);
  }
}
