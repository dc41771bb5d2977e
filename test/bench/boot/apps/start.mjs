import 'reflect-metadata';
import { writeSync } from 'node:fs';
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
  await app.listen(0, '127.0.0.1');
  reportCpuTime();
  writeSync(1, 'LISTENING\n');
}

function reportCpuTime() {
  const { user, system } = process.cpuUsage();
  writeSync(1, `CPU ${(user + system) / 1_000}\n`);
}
