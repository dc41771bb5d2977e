import { Metadata } from '@grpc/grpc-js';
import { type ArgumentsHost, Controller, Get, Module, Param, UseFilters } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { CohereExceptionFilter } from 'nestjs-cohere';
import { isObservable, lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  DIAGNOSIS_CODES,
  type DiagnosisCode,
} from '../../../lib/diagnosis/catalogue.js';
import { classifyNetworkFailure } from '../../../lib/diagnosis/classify-network-failure.js';
import { classifyResponse } from '../../../lib/diagnosis/classify-response.js';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import { diagnoseTimeout } from '../../../lib/diagnosis/diagnose-timeout.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { createError } from '../../../lib/diagnosis/errors.js';
import { NETWORK_FAILURE_RULES } from '../../../lib/diagnosis/network-rules.js';
import { readProperty } from '../../../lib/diagnosis/read-safely.js';
import { GATEWAY, RERANK } from '../diagnosis/fixtures.js';
import { ROWS } from '../diagnosis/rows/rows.js';

const HOSTS = { cohere: RERANK, gateway: GATEWAY };
type HostName = keyof typeof HOSTS;

/** Everything that is found under one code: by responses, by network failures, by deadlines, offline. */
function occurrencesOf(code: DiagnosisCode, host: HostName): readonly Diagnosis[] {
  const context = { ...HOSTS[host], proxy: 'http://proxy.internal:3128' };
  const found = [
    createDiagnosis(code, {
      title:
        CATALOGUE[code].exitCode === 78 && CATALOGUE[code].aboutKey
          ? 'The file /run/secrets/key is wrong.'
          : undefined,
      detail: 'seen in /run/secrets/key',
      about: context,
    }),
    ...ROWS.map(({ response, context: given }) =>
      classifyResponse(response, { ...context, operation: (given ?? context).operation }),
    ),
    ...NETWORK_FAILURE_RULES.map(({ codes }) =>
      classifyNetworkFailure(
        Object.assign(new Error('x'), {
          code: codes[0]?.replace('*', 'X'),
          hostname: 'a.internal',
        }),
        context,
      ),
    ),
    ...(['queue', 'key', 'documents', 'connect', 'answer', 'body', 'backoff'] as const).map(
      (phase) => diagnoseTimeout(context, 1_000, phase),
    ),
  ];
  return found.filter((diagnosis) => diagnosis.code === code);
}

interface Shown {
  readonly message: string;
  readonly fix: readonly string[];
}

/** What a client must be able to follow, without the log and without the server's files. */
function expectForClients({ message, fix }: Shown, code: DiagnosisCode, host: HostName): void {
  const texts = [message, ...fix].join('\n');
  expect(message).not.toBe('');
  expect(fix.length).toBeGreaterThan(0);
  expect(texts).not.toMatch(/gateway\.example|\.internal|proxy\.|:\d{2,5}\b/);
  expect(texts).not.toMatch(/[/\\](?!v[12]\b)|\.env\b|\bFound\b|option baseUrl/);
  for (const step of fix) {
    expect(step).toMatch(/^[A-Z].*\.$/);
    expect(step).not.toMatch(/^(?:Or|Then)\b|\b(?:to|Put) it\b/);
  }
  expect(texts).toMatch(CATALOGUE[code].aboutKey ? /COHERE_API_KEY/ : /./);
  expect(texts.replace('not that of Cohere', '')).not.toMatch(
    host === 'gateway' ? /\bCohere\b|dashboard/ : /dashboard\./,
  );
}

const CASES = DIAGNOSIS_CODES.flatMap((code) =>
  (['cohere', 'gateway'] as const).map((host) => [code, host] as const),
);

@Controller()
class Failing {
  @Get(':code/:host/:index')
  @UseFilters(CohereExceptionFilter)
  fail(
    @Param('code') code: DiagnosisCode,
    @Param('host') host: HostName,
    @Param('index') index: string,
  ): never {
    throw createError(at(code, host, Number(index)));
  }
}

@Module({ controllers: [Failing] })
class App {}

function at(code: DiagnosisCode, host: HostName, index: number): Diagnosis {
  const diagnosis = occurrencesOf(code, host)[index];
  if (diagnosis === undefined) {
    throw new Error('There is no such occurrence.');
  }
  return diagnosis;
}

let app: Awaited<ReturnType<typeof NestFactory.create>>;
let url: string;

beforeAll(async () => {
  app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(() => app.close());

function answerOf(
  filter: CohereExceptionFilter,
  diagnosis: Diagnosis,
  context: ArgumentsHost,
): unknown {
  const answer = filter.catch.bind(filter);
  return answer(createError(diagnosis), context);
}

function hostOf(type: string, ...values: unknown[]): ArgumentsHost {
  const context = new ExecutionContextHost(values);
  context.setType(type);
  return context;
}

/** What each transport's client is told. */
const TRANSPORTS: Readonly<
  Record<string, (diagnosis: Diagnosis, filter: CohereExceptionFilter) => Promise<Shown>>
> = {
  GraphQL: async (diagnosis, filter) => {
    const error = answerOf(filter, diagnosis, hostOf('graphql'));
    return shown({
      message: readProperty(error, 'message'),
      fix: readProperty(readProperty(error, 'extensions'), 'fix'),
    });
  },
  RPC: async (diagnosis, filter) =>
    shown(await rejection(answerOf(filter, diagnosis, hostOf('rpc', {}, {})))),
  gRPC: async (diagnosis, filter) => {
    const call = { metadata: new Metadata(), sendMetadata: () => undefined };
    const status = await rejection(answerOf(filter, diagnosis, hostOf('rpc', {}, {}, call)));
    const metadata = readProperty(status, 'metadata');
    return shown({
      message: readProperty(status, 'details'),
      fix: metadata instanceof Metadata ? metadata.get('fix') : undefined,
    });
  },
  WebSocket: async (diagnosis, filter) => {
    const sent: string[] = [];
    const client = { readyState: 1, send: (text: string) => sent.push(text) };
    answerOf(filter, diagnosis, hostOf('ws', client, {}));
    return shown(readProperty(JSON.parse(sent[0] ?? '{}'), 'data'));
  },
};

function shown(value: unknown): Shown {
  const message = readProperty(value, 'message');
  const fix = readProperty(value, 'fix');
  return {
    message: typeof message === 'string' ? message : '',
    fix: Array.isArray(fix) ? fix.map(String) : [],
  };
}

async function rejection(value: unknown): Promise<unknown> {
  try {
    return isObservable(value) ? await lastValueFrom(value) : undefined;
  } catch (error) {
    return error;
  }
}

describe('the steps that a client reads stand alone', () => {
  it.each(CASES)('%s at %s', (code, hostName) => {
    for (const { title, clientTitle = title, clientFix } of occurrencesOf(code, hostName)) {
      expectForClients({ message: clientTitle, fix: clientFix }, code, hostName);
    }
  });

  it.each(CASES)('%s at %s, over HTTP and as problem+json', async (code, hostName) => {
    const { title, clientTitle = title, clientFix } = at(code, hostName, 0);
    const path = `${url}/${code}/${hostName}/0`;
    const body: unknown = await (await fetch(path)).json();
    const problem: unknown = await (
      await fetch(path, { headers: { accept: 'application/problem+json' } })
    ).json();

    expect(body).toMatchObject({ message: clientTitle, fix: clientFix });
    expect(problem).toMatchObject({ detail: clientTitle, fix: clientFix });
    expectForClients(
      { message: String(readProperty(problem, 'title')), fix: clientFix },
      code,
      hostName,
    );
  });

  it.each(Object.entries(TRANSPORTS))('over %s, for every code', async (_transport, send) => {
    const filter = new CohereExceptionFilter(app.get(HttpAdapterHost));
    for (const [code, hostName] of CASES) {
      const diagnosis = at(code, hostName, 0);
      // oxlint-disable-next-line no-await-in-loop
      expect(await send(diagnosis, filter)).toEqual({
        message: diagnosis.clientTitle ?? diagnosis.title,
        fix: diagnosis.clientFix,
      });
    }
  });
});
