import { Controller, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  MessagePattern,
  Transport,
  type ClientProxy,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { createServer } from 'node:net';
import { firstValueFrom, timeout } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import { createError } from '../../../lib/diagnosis/errors.js';

@Controller()
class RefusedController {
  @MessagePattern('search')
  search(): never {
    throw createError(createDiagnosis('COHERE_API_KEY_EXPIRED', { detail: 'operator only' }));
  }
}

@Module({
  controllers: [RefusedController],
  providers: [{ provide: APP_FILTER, useClass: CohereExceptionFilter }],
})
class ServiceModule {}

describe('the exception filter in a microservice', () => {
  let client: ClientProxy;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const port = await freePort();
    const service = await NestFactory.createMicroservice<MicroserviceOptions>(ServiceModule, {
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
      logger: false,
    });
    await service.listen();
    stop = () => service.close();
    client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    });
  });

  afterAll(async () => {
    await client.close();
    await stop();
  });

  it('gives the caller the code and the fix, and does not leave it waiting', async () => {
    const answer = firstValueFrom(client.send('search', {}).pipe(timeout(5_000)));
    await expect(answer).rejects.toMatchObject({
      status: 'error',
      code: 'COHERE_API_KEY_EXPIRED',
      statusCode: 401,
      fix: expect.arrayContaining([expect.any(String)]),
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') {
    throw new TypeError('the server has no port');
  }
  return address.port;
}
