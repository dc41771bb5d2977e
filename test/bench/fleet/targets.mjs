export function fleetTargets({ overhead, paging, fleets }) {
  const [small] = overhead;
  const long = fleets.filter(({ label }) => label.includes('60 s'));
  return [
    {
      title: `${small.count} × ${small.characters} B: CPU per call with an idle rateLimiter in memory, to without`,
      value: small.rateLimiter + 1,
      below: 1.1,
    },
    {
      title: 'a second page at 90 % overlap: search units, to the first page',
      value: paging.secondUnits / paging.firstUnits,
      atMost: 0.1,
    },
    ...long
      .filter(({ limiter }) => limiter)
      .flatMap(({ quotaUsed, refused }) => [
        {
          title: 'four processes with a limiter: of the quota used',
          value: quotaUsed,
          atLeast: 0.95,
        },
        { title: 'four processes with a limiter: 429s at the server', value: refused, atMost: 0 },
      ]),
  ];
}
