import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { status as grpcStatus, type Metadata } from '@grpc/grpc-js';
import { Controller, Get, Module, UseFilters, type INestApplication } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  EventPattern,
  GrpcMethod,
  GrpcStreamCall,
  GrpcStreamMethod,
  MessagePattern,
  Transport,
  type ClientGrpc,
  type ClientGrpcProxy,
  type ClientProxy,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom, Observable, of, timeout } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import {
  FOREIGN_MESSAGE,
  OPERATOR_ONLY,
  throwFailure,
  type FailureName,
} from '../../support/failures.js';
import { freePort } from '../../support/loopback.js';
import { expectDocumented, isDocumentedNest } from '../../support/transports-doc.js';

// Only ever reached by a caller that is left waiting.
const PATIENCE_MS = 10_000;

const GRPC = {
  package: 'search',
  protoPath: fileURLToPath(new URL('search.proto', import.meta.url)),
};

interface SearchRequest {
  readonly failure: string;
}

@Controller()
class SearchController {
  @Get('rejected')
  ofHttp(): never {
    return throwFailure('rejected');
  }

  @MessagePattern('search')
  ofMessage(failure: string): never {
    return throwFailure(failure);
  }

  @MessagePattern('own-filter')
  @UseFilters(CohereExceptionFilter)
  withOwnFilter(failure: string): never {
    return throwFailure(failure);
  }

  @EventPattern('searched')
  ofEvent(failure: string): unknown {
    return throwFailure(failure);
  }

  @GrpcStreamMethod('Search', 'Talk')
  talk(): unknown {
    return throwFailure('rejected');
  }

  @GrpcStreamMethod('Search', 'Collect')
  collect(): unknown {
    return throwFailure('rejected');
  }

  @GrpcStreamCall('Search', 'TalkRaw')
  talkRaw(): unknown {
    return throwFailure('rejected');
  }

  @GrpcStreamCall('Search', 'CollectRaw')
  collectRaw(): unknown {
    return throwFailure('rejected');
  }

  @GrpcMethod('Search', 'Find')
  find({ failure }: SearchRequest): never {
    return throwFailure(failure);
  }

  @GrpcMethod('Search', 'Watch')
  watch({ failure }: SearchRequest): Observable<{ title: string }> {
    return new Observable((subscriber) => {
      subscriber.next({ title: 'first' });
      try {
        throwFailure(failure);
      } catch (error) {
        subscriber.error(error);
      }
    });
  }
}

@Module({
  controllers: [SearchController],
  providers: [{ provide: APP_FILTER, useClass: CohereExceptionFilter }],
})
class SearchModule {}

// CI always runs them.
const redisIsMissing = spawnSync('redis-server', ['--version']).error !== undefined;
const withoutRedis = redisIsMissing && process.env['CI'] !== 'true';

describe('the exception filter in a hybrid app', () => {
  let app: INestApplication;
  let redis: ChildProcess | undefined;
  const clients: ClientProxy[] = [];
  let tcp: ClientProxy;
  let withoutAppConfig: ClientProxy;
  let overRedis: ClientProxy;
  let grpc: SearchClient;
  let grpcProxy: ClientGrpcProxy;

  beforeAll(async () => {
    const [tcpPort = 0, otherPort = 0, redisPort = 0, grpcPort = 0] = await freePorts(4);
    const host = '127.0.0.1';
    app = await NestFactory.create(SearchModule, { logger: false });
    const listen = (options: MicroserviceOptions, inheritAppConfig = true) =>
      app.connectMicroservice<MicroserviceOptions>(options, { inheritAppConfig });
    const tcpOptions = { transport: Transport.TCP, options: { host, port: tcpPort } } as const;
    const otherOptions = { transport: Transport.TCP, options: { host, port: otherPort } } as const;
    const redisOptions = {
      transport: Transport.REDIS,
      options: { host, port: redisPort },
    } as const;
    listen(tcpOptions);
    listen(otherOptions, false);
    const url = `${host}:${grpcPort}`;
    listen({ transport: Transport.GRPC, options: { ...GRPC, url } });
    if (!withoutRedis) {
      redis = await startRedis(redisPort);
      listen(redisOptions);
    }
    await app.startAllMicroservices();
    await app.listen(0, host);

    tcp = ClientProxyFactory.create(tcpOptions);
    withoutAppConfig = ClientProxyFactory.create(otherOptions);
    overRedis = ClientProxyFactory.create(redisOptions);
    clients.push(tcp, withoutAppConfig, ...(withoutRedis ? [] : [overRedis]));
    grpcProxy = ClientProxyFactory.create({
      transport: Transport.GRPC,
      options: { ...GRPC, url },
    });
    grpc = searchClient(grpcProxy);
  }, 60_000);

  afterAll(async () => {
    grpcProxy.close();
    await Promise.all(clients.map((client) => client.close()));
    await app.close();
    redis?.kill();
  });

  describe.each([
    ['tcp', '', false],
    ['redis', withoutRedis ? ' (skipped: redis-server is not installed here)' : '', withoutRedis],
  ] as const)('over %s%s', (transport, _reason, skipped) => {
    const client = () => (transport === 'tcp' ? tcp : overRedis);

    it.skipIf(skipped)('the caller receives what docs/transports.md says', async () => {
      const received = {
        rejected: await errorOf(client(), 'rejected'),
        limited: await errorOf(client(), 'limited'),
        late: await errorOf(client(), 'late'),
        foreign: await errorOf(client(), 'foreign'),
      };
      expect(received.rejected).toMatchObject({
        status: 'error',
        statusCode: 401,
        code: 'COHERE_API_KEY_REJECTED',
        fix: expect.arrayContaining([expect.any(String)]),
      });
      expect(received.limited).toMatchObject({ statusCode: 429, retryAfterMs: 1_200 });
      expect(JSON.stringify(received)).not.toContain(OPERATOR_ONLY);
      expect(JSON.stringify(received)).not.toContain(FOREIGN_MESSAGE);
      if (isDocumentedNest) {
        expectDocumented(transport, {
          rejected: { error: received.rejected },
          limited: { error: received.limited },
          late: { error: received.late },
          foreign: { error: received.foreign },
        });
      }
    });

    it.skipIf(skipped)(
      'an event that fails, and has no caller, leaves the app serving',
      async () => {
        await lastValueFrom(client().emit('searched', 'rejected'), { defaultValue: undefined });
        expect(await errorOf(client(), 'late')).toMatchObject({ code: 'COHERE_TIMEOUT' });
      },
    );

    it.skipIf(skipped)('a wrapped error is recognised', async () => {
      expect(await errorOf(client(), 'wrapped')).toMatchObject({ code: 'COHERE_API_KEY_EXPIRED' });
    });
  });

  it('answers over HTTP at the same time', async () => {
    const response = await fetch(`${await app.getUrl()}/rejected`);
    expect(response.status).toBe(401);
  });

  it('a microservice that does not inherit the app config needs @UseFilters', async () => {
    expect(await errorOf(withoutAppConfig, 'rejected')).not.toHaveProperty('code');
    expect(await errorOf(withoutAppConfig, 'rejected', 'own-filter')).toMatchObject({
      code: 'COHERE_API_KEY_REJECTED',
    });
  });

  describe('over gRPC', () => {
    it.each([
      ['rejected', grpcStatus.UNAUTHENTICATED],
      ['limited', grpcStatus.RESOURCE_EXHAUSTED],
      ['late', grpcStatus.DEADLINE_EXCEEDED],
      ['unreachable', grpcStatus.UNAVAILABLE],
      ['down', grpcStatus.UNAVAILABLE],
      ['invalid', grpcStatus.INVALID_ARGUMENT],
      ['unknownModel', grpcStatus.NOT_FOUND],
      ['unpaid', grpcStatus.FAILED_PRECONDITION],
      ['misconfigured', grpcStatus.FAILED_PRECONDITION],
    ] as const)(
      '%s has the status %d, with the code and the fix in metadata',
      async (name, code) => {
        const error = await grpcErrorOf(grpc.find({ failure: name }));
        expect(error.code).toBe(code);
        expect(error.metadata.get('code')).toEqual([expect.stringMatching(/^COHERE_/)]);
        expect(error.metadata.get('fix')).toEqual(expect.arrayContaining([expect.any(String)]));
        expect(error.metadata.get('docs')).toEqual([expect.stringContaining('https://')]);
      },
    );

    it('the caller receives what docs/transports.md says', async () => {
      const received = {
        rejected: toReceived(await grpcErrorOf(grpc.find({ failure: 'rejected' }))),
        limited: toReceived(await grpcErrorOf(grpc.find({ failure: 'limited' }))),
        late: toReceived(await grpcErrorOf(grpc.find({ failure: 'late' }))),
        foreign: toReceived(await grpcErrorOf(grpc.find({ failure: 'foreign' }))),
      };
      expect(received.limited.error.metadata).toMatchObject({ 'retry-after-ms': '1200' });
      expect(received.foreign.status).toBe('2 UNKNOWN');
      expect(JSON.stringify(received)).not.toContain(OPERATOR_ONLY);
      expect(JSON.stringify(received)).not.toContain(FOREIGN_MESSAGE);
      if (isDocumentedNest) {
        expectDocumented('grpc', received);
      }
    });

    it('a stream that fails ends with the status', async () => {
      const error = await grpcErrorOf(grpc.watch({ failure: 'rejected' }));
      expect(error.code).toBe(grpcStatus.UNAUTHENTICATED);
      expect(error.metadata.get('code')).toEqual(['COHERE_API_KEY_REJECTED']);
    });

    it.each(['talk', 'collect', 'talkRaw', 'collectRaw'] as const)(
      'a stream of requests (%s) is answered with the status',
      async (method) => {
        const error = await grpcErrorOf(grpc[method](of({ failure: 'rejected' })));
        expect(error.code).toBe(grpcStatus.UNAUTHENTICATED);
        expect(error.metadata.get('code')).toEqual(['COHERE_API_KEY_REJECTED']);
      },
    );

    it('no file path leaves the server', async () => {
      const error = await grpcErrorOf(grpc.find({ failure: 'unreadableKeyFile' }));
      expect(JSON.stringify([error.details, error.metadata.getMap()])).not.toMatch(
        /secrets|dev\.env/,
      );
    });
  });
});

interface SearchClient {
  find(request: SearchRequest): Observable<unknown>;
  watch(request: SearchRequest): Observable<unknown>;
  talk(requests: Observable<SearchRequest>): Observable<unknown>;
  collect(requests: Observable<SearchRequest>): Observable<unknown>;
  talkRaw(requests: Observable<SearchRequest>): Observable<unknown>;
  collectRaw(requests: Observable<SearchRequest>): Observable<unknown>;
}

function searchClient(client: ClientGrpc): SearchClient {
  return client.getService<SearchClient>('Search');
}

interface GrpcError {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

async function grpcErrorOf(answer: Observable<unknown>): Promise<GrpcError> {
  const error: unknown = await new Promise((resolve, reject) => {
    answer.pipe(timeout(PATIENCE_MS)).subscribe({
      error: resolve,
      complete: () => reject(new Error('the call succeeded')),
    });
  });
  if (!isGrpcError(error)) {
    throw new TypeError('not an error of gRPC', { cause: error });
  }
  return error;
}

function isGrpcError(error: unknown): error is GrpcError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}

function toReceived({ code, details, metadata }: GrpcError) {
  const entries = Object.keys(metadata.getMap())
    .filter((key) => !['content-type', 'date'].includes(key))
    .map((key) => {
      const values = metadata.get(key);
      return [key, key === 'fix' ? values : String(values[0])] as const;
    });
  return {
    status: `${code} ${grpcStatus[code]}`,
    error: { details, metadata: Object.fromEntries(entries) },
  };
}

async function errorOf(
  client: ClientProxy,
  failure: FailureName,
  pattern = 'search',
): Promise<unknown> {
  return firstValueFrom(client.send<unknown>(pattern, failure).pipe(timeout(PATIENCE_MS))).then(
    (value) => {
      throw new Error('the call succeeded', { cause: value });
    },
    (error: unknown) => error,
  );
}

async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    ports.add(await freePort());
  }
  return [...ports];
}

async function startRedis(port: number): Promise<ChildProcess> {
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  await vi.waitFor(async () => expect(await accepts(port)).toBe(true), { timeout: 20_000 });
  return server;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}
