import 'reflect-metadata';
import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import Joi from 'joi';

/** The app all boots have in common: Nest, Express, and @nestjs/config with a Joi schema. */
export async function start({ imports = [], providers = [] } = {}) {
  const validationSchema = Joi.object({ PORT: Joi.number().port().default(3_000) });
  process.on('exit', reportCpuTime);
  class AppModule {}
  Module({ imports: [ConfigModule.forRoot({ validationSchema }), ...imports], providers })(
    AppModule,
  );
  const app = await NestFactory.create(AppModule);
  const watched = Number(process.env.BENCH_WATCH_MS ?? 0);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await app.listen(0, '127.0.0.1');
  if (watched > 0) {
    delay.enable();
    await sleep(watched);
    delay.disable();
    global.gc();
    writeSync(1, `STALL ${delay.max / 1e6}\nMEMORY ${process.memoryUsage.rss() / 1e6}\n`);
  }
  reportCpuTime();
  writeSync(1, 'LISTENING\n');
}

function reportCpuTime() {
  const { user, system } = process.cpuUsage();
  writeSync(1, `CPU ${(user + system) / 1_000}\n`);
}
