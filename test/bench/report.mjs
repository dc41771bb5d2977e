import { renderBoot } from './boot/report.mjs';
import { renderFleet } from './fleet/report.mjs';
import { renderOverload } from './overload/report.mjs';
import { table } from './table.mjs';

/** Renders the figures of one run as Markdown, for the terminal and for the docs. */
export function renderReport({ date, machine, versions, quick, suites }) {
  return [
    `Measured on ${date}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}, ` +
      `Node ${machine.node}; load average at the start ${machine.loadBefore}, at the end ${machine.loadAfter}.`,
    quick
      ? '**A quick run: too few rounds to quote.**'
      : 'Medians over the rounds; ratios are of medians in this one run.',
    Object.entries(versions)
      .map(([name, version]) => `\`${name}\` ${version}`)
      .join(', ') + '.',
    ...(suites.rerank ? renderRerank(suites.rerank) : []),
    ...(suites.boot ? renderBoot(suites.boot) : []),
    ...(suites.fleet ? renderFleet(suites.fleet) : []),
    ...(suites.overload ? renderOverload(suites.overload) : []),
  ].join('\n\n');
}

function renderRerank({ workloads, splitting }) {
  return [
    ...workloads.flatMap(renderWorkload),
    '### 10,000 documents in one call',
    table(
      ['', 'ms', 'ratio'],
      [
        [
          'ten requests of 1,000 documents, one after another',
          splitting.oneAfterAnotherMs.toFixed(0),
          '1.00',
        ],
        ['one call, split and merged', splitting.oneCallMs.toFixed(0), splitting.ratio.toFixed(2)],
      ],
    ),
    `Each request is answered after ${splitting.delayMs} ms. The merged ranking is ${splitting.exactRanking ? 'exact' : '**NOT EXACT**'}.`,
  ];
}

function renderWorkload({ documents, characters, concurrency, calls, results }) {
  const mode = concurrency === 1 ? 'sequential' : `concurrency ${concurrency}`;
  const rows = results.map(
    ({
      contender,
      requestsPerSecond,
      medianLatencyMs,
      cpuMsPerRequest,
      toCohereAi,
      toFetch,
      toUndici,
      rounds,
    }) => [
      contender,
      requestsPerSecond.toFixed(0),
      spread(rounds.map((round) => round.requestsPerSecond)),
      medianLatencyMs.toFixed(2),
      cpuMsPerRequest.toFixed(2),
      `${toCohereAi.cpu.toFixed(2)}×`,
      `${toFetch.cpu.toFixed(2)}×`,
      `${toUndici.cpu.toFixed(2)}×`,
    ],
  );
  return [
    `### ${documents} documents of ${characters} B, ${mode}`,
    table(
      [
        '',
        'requests/s',
        'lowest–highest round',
        'median latency ms',
        'CPU ms/request',
        'to cohere-ai',
        'to fetch',
        'to undici-request',
      ],
      rows,
    ),
    `${calls} calls a round in ${results[0].rounds.length} rounds; “to” is the other's CPU time per call divided by this one's, so higher is cheaper.`,
  ];
}

function spread(values) {
  return `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;
}

/** Renders the targets, which only maintainers need. */
export function renderTargets(targets) {
  const rows = targets.map(({ title, value, atLeast, atMost, below, met }) => [
    title,
    limit({ atLeast, atMost, below }),
    value.toFixed(2),
    met ? 'met' : '**missed**',
  ]);
  const missed = targets.filter(({ met }) => !met).length;
  return [
    '### Targets',
    table(['', 'target', 'measured', ''], rows),
    missed === 0 ? 'All targets are met.' : `Missed: ${missed} of ${targets.length} targets.`,
  ].join('\n\n');
}

function limit({ atLeast, atMost, below }) {
  if (below !== undefined) {
    return `< ${below.toFixed(2)}`;
  }
  return atLeast === undefined ? `≤ ${atMost.toFixed(2)}` : `≥ ${atLeast.toFixed(2)}`;
}
