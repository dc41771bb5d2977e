import { table } from '../table.mjs';

export function renderFleet({ overhead, paging, fleets }) {
  return [
    '### Processes that share one key',
    fleets.length === 0
      ? 'Not measured: redis-server is not installed.'
      : table(
          [
            'the key allows',
            'processes',
            'limiter',
            'of the quota used',
            'requests ranked',
            '429s at the server',
            'calls failed',
          ],
          fleets.map(({ label, processes, limiter, quotaUsed, ranked, refused, failedCalls }) => [
            label,
            String(processes),
            limiter ? 'yes' : 'no',
            `${(quotaUsed * 100).toFixed(0)} %`,
            ranked.toLocaleString('en'),
            refused.toLocaleString('en'),
            failedCalls.toLocaleString('en'),
          ]),
        ),
    '### CPU per call',
    table(
      [
        'documents',
        'without, ms',
        'with rateLimiter (memory)',
        'with scoreCache, no score known',
        'hashing each document, no more',
      ],
      overhead.map(({ count, characters, plainMs, rateLimiter, scoreCache, hashing }) => [
        `${count} × ${characters} B`,
        plainMs.toFixed(2),
        percent(rateLimiter),
        percent(scoreCache),
        percent(hashing),
      ]),
    ),
    '### A second page that overlaps the first by 90 %',
    `1,000 documents each: the first costs ${paging.firstUnits} search units, the second ${paging.secondUnits}, as ${paging.cachedDocuments} of its scores are known.`,
  ];
}

function percent(part) {
  return `${part < 0 ? '−' : '+'}${Math.abs(part * 100).toFixed(0)} %`;
}
