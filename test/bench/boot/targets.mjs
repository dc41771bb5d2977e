/** What a boot may cost, against the bare app in the same run. */
export function bootTargets(boot) {
  const start = (id) => boot.find((one) => one.id === id);
  const more = (id, figure) => start(id)[figure] - start('bare-after')[figure];
  return [
    {
      title: 'boot, check off: CPU time to the bare app',
      value: start('check-off').cpuRatio,
      atMost: 1.05,
    },
    {
      title: 'failing boot, key missing: CPU time to the bare app’s own failure',
      value: start('missing-key').cpuRatio,
      atMost: 1.07,
    },
    ...['check-off', 'check-key'].flatMap((id) => [
      {
        title: `event loop stall after listen, ${id}: ms more than the bare app`,
        value: more(`${id}-after`, 'stallMs'),
        atMost: 30,
      },
      {
        title: `memory after listen, ${id}: MB more than the bare app`,
        value: more(`${id}-after`, 'memoryMb'),
        atMost: 10,
      },
    ]),
    {
      title: '`nestjs-cohere doctor` to a process that only loads joi: wall time',
      value: start('doctor').wallRatio,
      atMost: 1.5,
    },
  ];
}
