import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { failBoot } from 'nestjs-cohere';
import { AppModule } from './app.module.js';

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  await app.listen(0, '127.0.0.1');
  console.log('LISTENING');
  const response = await fetch(`${await app.getUrl()}/search?query=capital+of+France`);
  console.log(`RANKED ${await response.text()}`);
  await app.close();
}

bootstrap().catch(failBoot);
