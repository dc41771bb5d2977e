import { Module, UseFilters, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import { sendWsException } from '../../../lib/filter/send-ws-exception.js';
import { createError } from '../../../lib/diagnosis/errors.js';

@WebSocketGateway()
@UseFilters(CohereExceptionFilter)
class SearchGateway {
  @SubscribeMessage('search')
  search(): never {
    throw createError(createDiagnosis('COHERE_API_KEY_REJECTED', { detail: 'operator only' }));
  }
}

@Module({ providers: [SearchGateway] })
class GatewayModule {}

describe('the exception filter on a WebSocket', () => {
  let app: INestApplication;
  let url = '';

  beforeAll(async () => {
    app = await NestFactory.create(GatewayModule, { logger: false });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    url = (await app.getUrl()).replace('http', 'ws');
  });

  afterAll(() => app.close());

  it('tells a ws client of the code and the fix', async () => {
    const socket = new WebSocket(url);
    const message = new Promise<string>((resolve) => {
      socket.addEventListener('message', ({ data }) => resolve(String(data)));
    });
    socket.addEventListener('open', () => socket.send(JSON.stringify({ event: 'search' })));
    expect(JSON.parse(await message)).toMatchObject({
      event: 'exception',
      data: { status: 'error', code: 'COHERE_API_KEY_REJECTED', statusCode: 401 },
    });
    socket.close();
  });

  it('tells a socket.io client through emit', () => {
    const emitted: unknown[] = [];
    sendWsException({ emit: (...event: unknown[]) => emitted.push(event) }, { code: 'X' });
    expect(emitted).toEqual([['exception', { code: 'X' }]]);
  });
});
