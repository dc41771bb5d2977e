import { Module, UseFilters, type INestApplication } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import {
  FOREIGN_MESSAGE,
  OPERATOR_ONLY,
  throwFailure,
  type FailureName,
} from '../../support/failures.js';
import { expectDocumented, isDocumentedNest, type Received } from '../../support/transports-doc.js';

// Only ever reached by a client that is left waiting.
const PATIENCE_MS = 10_000;

@WebSocketGateway()
class SearchGateway {
  @UseFilters(CohereExceptionFilter)
  @SubscribeMessage('search')
  search(@MessageBody() failure: string): unknown {
    return throwFailure(failure);
  }

  @SubscribeMessage('search-without-filter')
  searchWithoutFilter(@MessageBody() failure: string): unknown {
    return throwFailure(failure);
  }

  @SubscribeMessage('find')
  find(): unknown {
    return { event: 'found', data: 'an article' };
  }
}

@Module({
  providers: [SearchGateway, { provide: APP_FILTER, useClass: CohereExceptionFilter }],
})
class GatewayModule {}

describe('the exception filter on socket.io', () => {
  let app: INestApplication;
  let socket: Socket;

  beforeAll(async () => {
    app = await NestFactory.create(GatewayModule, { logger: false });
    app.useWebSocketAdapter(new IoAdapter(app));
    await app.listen(0, '127.0.0.1');
    socket = io(await app.getUrl(), { transports: ['websocket'] });
  });

  afterAll(async () => {
    socket.close();
    await app.close();
  });

  async function exceptionOf(failure: FailureName, event = 'search'): Promise<unknown> {
    const exception = new Promise<unknown>((resolve) => {
      socket.once('exception', resolve);
    });
    socket.emit(event, failure);
    return exception;
  }

  const acknowledgementOf = (failure: FailureName): Promise<unknown> =>
    socket.timeout(PATIENCE_MS).emitWithAck('search', failure);

  it('the client receives what docs/transports.md says', async () => {
    const received: Record<'rejected' | 'limited' | 'late' | 'foreign', Received> = {
      rejected: { "event 'exception'": await exceptionOf('rejected') },
      limited: { "event 'exception'": await exceptionOf('limited') },
      late: { "event 'exception'": await exceptionOf('late') },
      foreign: { "event 'exception'": await exceptionOf('foreign') },
    };
    expect(received.rejected["event 'exception'"]).toMatchObject({
      status: 'error',
      code: 'COHERE_API_KEY_REJECTED',
      statusCode: 401,
    });
    expect(received.limited["event 'exception'"]).toMatchObject({ retryAfterMs: 1_200 });
    expect(JSON.stringify(received)).not.toContain(OPERATOR_ONLY);
    expect(JSON.stringify(received)).not.toContain(FOREIGN_MESSAGE);
    if (isDocumentedNest) {
      expectDocumented('socket.io', received);
    }
  });

  it('a gateway without @UseFilters hides the cause, because Nest applies no global filter to it', async () => {
    expect(await exceptionOf('rejected', 'search-without-filter')).not.toHaveProperty('code');
  });

  it('an acknowledgement is sent to a waiting client, and the event is sent once', async () => {
    const events: unknown[] = [];
    socket.on('exception', (event: unknown) => events.push(event));
    const acknowledgement = await acknowledgementOf('limited');
    expect(acknowledgement).toMatchObject({
      status: 'error',
      code: 'COHERE_RATE_LIMITED',
      retryAfterMs: 1_200,
    });
    // Whatever was sent before this event has arrived by then.
    const found = new Promise((resolve) => {
      socket.once('found', resolve);
    });
    socket.emit('find');
    expect(await found).toBe('an article');
    expect(events).toEqual([acknowledgement]);
  });
});

describe('the exception filter on ws', () => {
  let app: INestApplication;
  let socket: WebSocket;

  beforeAll(async () => {
    app = await NestFactory.create(GatewayModule, { logger: false });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    socket = new WebSocket((await app.getUrl()).replace('http', 'ws'));
    await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  });

  afterAll(async () => {
    socket.close();
    await app.close();
  });

  async function messageOf(failure: FailureName, event = 'search'): Promise<unknown> {
    const message = new Promise<string>((resolve) => {
      socket.addEventListener('message', ({ data }) => resolve(String(data)), { once: true });
    });
    socket.send(JSON.stringify({ event, data: failure }));
    return JSON.parse(await message);
  }

  it('the client receives what docs/transports.md says', async () => {
    const received: Record<'rejected' | 'limited' | 'late' | 'foreign', Received> = {
      rejected: { message: await messageOf('rejected') },
      limited: { message: await messageOf('limited') },
      late: { message: await messageOf('late') },
      // Nest 11 tells a client of ws nothing of an error that no filter catches.
      foreign: { message: isDocumentedNest ? await messageOf('foreign') : undefined },
    };
    expect(received.rejected['message']).toMatchObject({
      event: 'exception',
      data: { status: 'error', code: 'COHERE_API_KEY_REJECTED', statusCode: 401 },
    });
    expect(JSON.stringify(received)).not.toContain(OPERATOR_ONLY);
    expect(JSON.stringify(received)).not.toContain(FOREIGN_MESSAGE);
    if (isDocumentedNest) {
      expectDocumented('ws', received);
    }
  });

  it('the connection serves on after a failure', async () => {
    await messageOf('wrapped');
    expect(await messageOf('wrapped', 'find')).toEqual({ event: 'found', data: 'an article' });
  });
});
