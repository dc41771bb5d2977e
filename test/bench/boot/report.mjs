import { table } from '../table.mjs';

const UNTIL = {
  listen: 'Process start to listening',
  failure: 'Process start to exit, failing',
  success: 'Process start to exit',
};

export function renderBoot(starts) {
  const timed = starts.filter(({ stallMs }) => stallMs === undefined);
  const watched = starts.filter(({ stallMs }) => stallMs !== undefined);
  return [
    '### Boot',
    table(
      ['', 'measured', 'CPU ms', 'wall ms', 'fastest ms', 'ratio of CPU', 'of wall time', 'to'],
      timed.map((start) => [
        start.title,
        UNTIL[start.until],
        start.cpuMs?.toFixed(0) ?? '',
        start.wallMs.toFixed(0),
        start.minMs.toFixed(0),
        Number.isNaN(start.cpuRatio) ? '' : start.cpuRatio.toFixed(2),
        start.wallRatio.toFixed(2),
        start.base === start.id ? '' : starts.find(({ id }) => id === start.base).title,
      ]),
    ),
    table(
      ['', 'longest stall of the event loop, ms', 'memory, MB'],
      watched.map(({ title, stallMs, memoryMb }) => [
        title,
        stallMs.toFixed(0),
        memoryMb.toFixed(0),
      ]),
    ),
    `${starts[0].rounds.length} rounds, each start in a fresh process; figures are medians, ratios are of medians.`,
  ];
}
