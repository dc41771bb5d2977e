import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, rerankOver } from '../../../support/rerank-over.js';
import { hang, json, ranking, StubCohere, unauthorized } from '../../../support/stub-cohere.js';

const spans = new InMemorySpanExporter();
const measurements = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({
  exporter: measurements,
  exportIntervalMillis: 3_600_000,
});
const tracerProvider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(spans)],
});
const meterProvider = new MeterProvider({ readers: [reader] });

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
});

beforeEach(() => {
  spans.reset();
});

afterAll(async () => {
  await meterProvider.shutdown();
  await tracerProvider.shutdown();
  context.disable();
  trace.disable();
  metrics.disable();
});

const request = { query: 'a secret question', documents: ['private one', ' ', 'private two'] };

function onlySpan() {
  const [span, ...others] = spans.getFinishedSpans();
  if (span === undefined || others.length > 0) {
    throw new Error(`${others.length + 1} spans`);
  }
  return span;
}

describe('a rerank', () => {
  it('is one client span with what the conventions ask for', async () => {
    const stub = await StubCohere.start(ranking());
    const { service } = rerankOver(stub.url);
    await service.rerank({ ...request, topN: 2, model: 'rerank-v5.0-pro' });
    const span = onlySpan();
    expect(span).toMatchObject({
      name: 'rerank rerank-v5.0-pro',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
    });
    expect(span.attributes).toEqual({
      'gen_ai.operation.name': 'rerank',
      'gen_ai.provider.name': 'cohere',
      'gen_ai.request.model': 'rerank-v5.0-pro',
      'gen_ai.rerank.candidate.count': 3,
      'gen_ai.rerank.top_n': 2,
      'gen_ai.response.id': '07734bd2-2473-4f07-94e1-0d9f0e6843cf',
      'gen_ai.usage.search_units': 1,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(stub.url).port),
      'nestjs_cohere.requests': 1,
      'nestjs_cohere.retries': 0,
    });
  });

  it('stays one span when it is split and retried', async () => {
    const stub = await StubCohere.start(json(503, {}, { 'retry-after': '0' }), ranking());
    const { service } = rerankOver(stub.url, { maxDocumentsPerRequest: 1 });
    await service.rerank(request);
    expect(onlySpan().attributes).toMatchObject({
      'gen_ai.usage.search_units': 2,
      'nestjs_cohere.requests': 2,
      'nestjs_cohere.retries': 1,
    });
  });

  it('is the child of the span around it, and the parent of what it does', async () => {
    let inside: string | undefined;
    const endpoint = {
      rerank: async () => {
        inside = trace.getActiveSpan()?.spanContext().spanId;
        return {
          results: [
            { index: 0, relevance_score: 1 },
            { index: 1, relevance_score: 0.5 },
          ],
        };
      },
    };
    const { service } = rerankOver('http://127.0.0.1:9', { endpoint });
    const outer = trace.getTracer('app').startSpan('handler');
    await context.with(trace.setSpan(context.active(), outer), () => service.rerank(request));
    const span = onlySpan();
    expect(span.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(inside).toBe(span.spanContext().spanId);
  });

  it('that sends nothing is no span', async () => {
    const { service } = rerankOver('http://127.0.0.1:9');
    await service.rerank({ query: 'q', documents: [' '] });
    await failureOf(service.rerank({ query: ' ', documents: [] }));
    expect(spans.getFinishedSpans()).toEqual([]);
  });

  it('that fails names its code, and no more than its title', async () => {
    const stub = await StubCohere.start(unauthorized);
    const { service } = rerankOver(stub.url);
    await failureOf(service.rerank(request));
    const span = onlySpan();
    expect(span.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: 'Cohere rejected the API key.',
    });
    expect(span.attributes).toMatchObject({ 'error.type': 'COHERE_API_KEY_REJECTED' });
    expect(span.events).toEqual([]);
  });

  it('that is aborted names what it was aborted with', async () => {
    const stub = await StubCohere.start(hang);
    const { service } = rerankOver(stub.url);
    await failureOf(service.rerank(request, { signal: AbortSignal.timeout(50) }));
    const span = onlySpan();
    expect(span.attributes).toMatchObject({ 'error.type': 'TimeoutError' });
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
  });
});

describe('query and documents', () => {
  it('are not recorded', async () => {
    const stub = await StubCohere.start(ranking());
    const { service } = rerankOver(stub.url);
    await service.rerank(request);
    expect(JSON.stringify(onlySpan().attributes)).not.toMatch(/secret|private/);
  });

  it('are recorded where the app asks for it', async () => {
    const stub = await StubCohere.start(ranking());
    const { service } = rerankOver(stub.url, { captureContent: true });
    await service.rerank({ ...request, topN: 1 });
    expect(onlySpan().attributes).toMatchObject({
      'gen_ai.retrieval.query.text': 'a secret question',
      'gen_ai.retrieval.documents': '[{"id":"0","score":1,"content":"private one"}]',
      'gen_ai.rerank.scores': [1],
    });
  });
});

describe('the duration', () => {
  it('is measured in seconds, by model and failure', async () => {
    const stub = await StubCohere.start(ranking(), unauthorized);
    const { service } = rerankOver(stub.url, { model: 'measured' });
    await service.rerank(request);
    await failureOf(service.rerank(request));
    await meterProvider.forceFlush();
    const recorded = measurements
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap(({ metrics: found }) => found)
      .find(({ descriptor }) => descriptor.name === 'gen_ai.client.operation.duration');
    const points = recorded?.dataPoints.filter(
      ({ attributes }) => attributes['gen_ai.request.model'] === 'measured',
    );
    expect(recorded?.descriptor.unit).toBe('s');
    expect(points?.map(({ attributes }) => attributes['error.type'])).toEqual([
      undefined,
      'COHERE_API_KEY_REJECTED',
    ]);
    expect(
      points?.every(({ attributes }) => !('gen_ai.rerank.candidate.count' in attributes)),
    ).toBe(true);
  });

  it('goes to an SDK that was set up after the first call', async () => {
    metrics.disable();
    const stub = await StubCohere.start(ranking());
    const { service } = rerankOver(stub.url, { model: 'late' });
    await service.rerank(request);
    metrics.setGlobalMeterProvider(meterProvider);
    await service.rerank(request);
    await meterProvider.forceFlush();
    expect(JSON.stringify(measurements.getMetrics().at(-1))).toContain('late');
  });
});
