import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  InMemoryMetricExporter,
  type MetricData,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureOf } from '../../support/rerank-over.js';
import { emulated } from './support/emulated.js';
import { aborted, scoresOf, scripted } from './support/scripted-endpoint.js';
import { loadTelemetry } from '../../../lib/rerank/open-telemetry.js';

const query = 'quixotic query';
const documents = ['0.2 zanzibar', '0.9 zanzibar', '', '0.5 zanzibar'];

/** Sets OpenTelemetry up as an app does, for one test. */
function setUp() {
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
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(async () => {
    tearDown();
    await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
  });
  return {
    spans: () => spans.getFinishedSpans(),
    metrics: async () => {
      await meterProvider.forceFlush();
      return measurements
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics: found }) => found);
    },
  };
}

function tearDown(): void {
  trace.disable();
  metrics.disable();
  context.disable();
}

/** The only element of a list. */
function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length > 1) {
    throw new Error(`there are ${list.length}, not one`);
  }
  return first;
}

function named(list: readonly MetricData[], name: string): MetricData {
  return only(list.filter(({ descriptor }) => descriptor.name === name));
}

beforeEach(tearDown);

describe('a call', () => {
  it('is one CLIENT span by the name of the model, with what was asked and answered', async () => {
    const recorded = setUp();
    const { emulator, service } = await emulated();
    await service.rerank({ query, documents, topN: 2, model: 'rerank-v5.0-pro' });
    const span = only(recorded.spans());
    expect(span.name).toBe('rerank rerank-v5.0-pro');
    expect(span.kind).toBe(SpanKind.CLIENT);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.instrumentationScope.name).toBe('nestjs-cohere');
    expect(span.attributes).toMatchObject({
      'gen_ai.operation.name': 'rerank',
      'gen_ai.provider.name': 'cohere',
      'gen_ai.request.model': 'rerank-v5.0-pro',
      'gen_ai.rerank.candidate.count': 4,
      'gen_ai.rerank.top_n': 2,
      'gen_ai.usage.input_tokens': expect.any(Number),
      'gen_ai.response.id': expect.any(String),
      'server.address': '127.0.0.1',
      'server.port': emulator.port,
      'nestjs_cohere.requests': 1,
      'nestjs_cohere.retries': 0,
    });
    expect(span.attributes).not.toHaveProperty('error.type');
  });

  it('has no top_n without topN, and the billed usage', async () => {
    const recorded = setUp();
    const { service } = scripted((sent) => ({
      ...scoresOf(sent),
      meta: { billed_units: { search_units: 3 } },
    }));
    await service.rerank({ query, documents });
    const { attributes } = only(recorded.spans());
    expect(attributes['gen_ai.usage.search_units']).toBe(3);
    expect(attributes).not.toHaveProperty('gen_ai.usage.input_tokens');
    expect(attributes).not.toHaveProperty('gen_ai.rerank.top_n');
    expect(attributes).not.toHaveProperty('gen_ai.response.id');
  });

  it('of many batches and retries is one span still', async () => {
    const recorded = setUp();
    const { emulator, service } = await emulated({}, { maxDocumentsPerRequest: 1 });
    emulator.fail({ kind: 'status', status: 503 });
    await service.rerank({ query, documents });
    expect(only(recorded.spans()).attributes).toMatchObject({
      'nestjs_cohere.requests': 3,
      'nestjs_cohere.retries': 1,
    });
  });

  it('belongs to the span around it, and is the one around its requests', async () => {
    const recorded = setUp();
    const active: (string | undefined)[] = [];
    const { service } = scripted((sent) => {
      active.push(trace.getActiveSpan()?.spanContext().spanId);
      return scoresOf(sent);
    });
    const parent = await trace.getTracer('app').startActiveSpan('handler', async (span) => {
      await service.rerank({ query, documents });
      expect(trace.getActiveSpan()).toBe(span);
      span.end();
      return span.spanContext();
    });
    const [own] = recorded.spans();
    expect(own?.parentSpanContext?.spanId).toBe(parent.spanId);
    expect(own?.spanContext().traceId).toBe(parent.traceId);
    expect(active).toEqual([own?.spanContext().spanId]);
  });

  it('that is refused before sending, or has nothing to send, has no span', async () => {
    const recorded = setUp();
    const { service } = scripted(scoresOf);
    await failureOf(service.rerank({ query: '', documents }));
    await service.rerank({ query, documents: ['', ' '] });
    expect(recorded.spans()).toEqual([]);
    expect(await recorded.metrics()).toEqual([]);
  });

  it('of rerankEach has a span each', async () => {
    const recorded = setUp();
    const { service } = scripted(scoresOf);
    for await (const _ of service.rerankEach([
      { query, documents },
      { query, documents },
    ])) {
      // Only the spans count.
    }
    expect(recorded.spans()).toHaveLength(2);
  });

  it('with the key of a tenant has one too', async () => {
    const recorded = setUp();
    const { emulator, service } = await emulated();
    await service.forKey(emulator.keys.trial).rerank({ query, documents });
    expect(only(recorded.spans()).name).toBe('rerank rerank-v5.0-fast');
  });
});

describe('a call that fails', () => {
  it.each([
    [401, 'COHERE_API_KEY_REJECTED'],
    [429, 'COHERE_RATE_LIMITED'],
    [500, 'COHERE_UPSTREAM_ERROR'],
  ])('with %i has the code as error.type, and no stack', async (status, code) => {
    const recorded = setUp();
    const { emulator, service } = await emulated({}, { maxRetries: 0 });
    emulator.fail({ kind: 'status', status }, { times: Infinity });
    const error = await failureOf(service.rerank({ query, documents }));
    const { attributes, events, status: spanStatus } = only(recorded.spans());
    expect(error).toMatchObject({ code });
    expect(attributes['error.type']).toBe(code);
    expect(spanStatus.code).toBe(SpanStatusCode.ERROR);
    expect(spanStatus.message).toBe(error instanceof Error ? error.message : undefined);
    expect(events).toEqual([]);
  });

  it("by the caller's abort has the name of its reason, without its message", async () => {
    const recorded = setUp();
    const { service } = scripted(async (_, { signal }) => {
      await aborted(signal);
      throw signal.reason;
    });
    const controller = new AbortController();
    const call = service.rerank({ query, documents }, { signal: controller.signal });
    await new Promise(setImmediate);
    controller.abort();
    await failureOf(call);
    const { attributes, status } = only(recorded.spans());
    expect(attributes['error.type']).toBe('AbortError');
    expect(status).toEqual({ code: SpanStatusCode.ERROR });
  });
});

describe('the duration', () => {
  it('is in the GenAI histogram, in seconds, with attributes of low cardinality', async () => {
    const recorded = setUp();
    const { service } = scripted(scoresOf);
    await service.rerank({ query, documents, topN: 1 });
    await service.rerank({ query, documents });
    const metric = only(await recorded.metrics());
    expect(metric.descriptor).toMatchObject({
      name: 'gen_ai.client.operation.duration',
      unit: 's',
    });
    expect(metric.dataPointType).toBe(DataPointType.HISTOGRAM);
    const { attributes, value } = only<DataPoint<unknown>>(metric.dataPoints);
    expect(attributes).toEqual({
      'gen_ai.operation.name': 'rerank',
      'gen_ai.provider.name': 'cohere',
      'gen_ai.request.model': 'rerank-v5.0-fast',
      'server.address': '127.0.0.1',
      'server.port': 9,
    });
    const { count, sum, buckets } = histogramOf(value);
    expect(count).toBe(2);
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(10);
    expect(buckets.boundaries.slice(0, 3)).toEqual([0.01, 0.02, 0.04]);
    expect(buckets.boundaries.at(-1)).toBe(81.92);
  });

  it('of a failed call has its error.type', async () => {
    const recorded = setUp();
    const { service } = scripted(() => ({}));
    await failureOf(service.rerank({ query, documents }));
    const { attributes } = only<DataPoint<unknown>>(only(await recorded.metrics()).dataPoints);
    expect(attributes['error.type']).toBe('COHERE_RESPONSE_INVALID');
  });

  it('goes to a provider that is set up after the first call', async () => {
    const { service } = scripted(scoresOf);
    await service.rerank({ query, documents });
    const recorded = setUp();
    await service.rerank({ query, documents });
    const { value } = only<DataPoint<unknown>>(only(await recorded.metrics()).dataPoints);
    expect(histogramOf(value).count).toBe(1);
    expect(recorded.spans()).toHaveLength(1);
  });
});

describe('the counters', () => {
  it('sum the search units that Cohere billed, by model and server', async () => {
    const recorded = setUp();
    const { service } = scripted((sent) => ({
      ...scoresOf(sent),
      meta: { billed_units: { search_units: 3 } },
    }));
    await service.rerank({ query, documents });
    await service.rerank({ query, documents });
    const metric = named(await recorded.metrics(), 'nestjs_cohere.search_units');
    const { attributes, value } = only<DataPoint<unknown>>(metric.dataPoints);
    expect(value).toBe(6);
    expect(attributes).toMatchObject({
      'gen_ai.request.model': 'rerank-v5.0-fast',
      'server.address': '127.0.0.1',
    });
  });

  it('count the calls that were degraded, by their code; the span and the duration have it too', async () => {
    const recorded = setUp();
    const { service } = scripted(() => ({}), { onFailure: 'original-order' });
    const { degraded } = await service.rerank({ query, documents });
    const code = 'COHERE_RESPONSE_INVALID';
    expect(degraded?.code).toBe(code);
    const found = await recorded.metrics();
    const metric = named(found, 'nestjs_cohere.degraded_calls');
    const { attributes, value } = only<DataPoint<unknown>>(metric.dataPoints);
    expect(value).toBe(1);
    expect(attributes).toMatchObject({ 'error.type': code, 'gen_ai.provider.name': 'cohere' });
    expect(only(recorded.spans()).attributes['error.type']).toBe(code);
    const duration = named(found, 'gen_ai.client.operation.duration');
    expect(duration.dataPoints[0]?.attributes['error.type']).toBe(code);
  });
});

describe('query and documents', () => {
  it('are recorded only with captureContent, even after a failure', async () => {
    const recorded = setUp();
    const { emulator, service } = await emulated({}, { maxRetries: 0 });
    await service.rerank({ query, documents });
    emulator.fail({ kind: 'status', status: 400, message: 'invalid request' });
    await failureOf(service.rerank({ query, documents }));
    const everything = recorded
      .spans()
      .map(({ name, attributes, status, events }) => [name, attributes, status, events]);
    expect(everything).toHaveLength(2);
    const text = JSON.stringify([everything, await recorded.metrics()]);
    expect(text).not.toContain('quixotic');
    expect(text).not.toContain('zanzibar');
    expect(text).not.toContain(emulator.keys.active);
  });

  it('are recorded with captureContent, in the order of the results', async () => {
    const recorded = setUp();
    const { service } = scripted(scoresOf, { captureContent: true });
    await service.rerank({ query, documents, topN: 2 });
    const { attributes } = only(recorded.spans());
    expect(attributes['gen_ai.retrieval.query.text']).toBe(query);
    expect(JSON.parse(String(attributes['gen_ai.retrieval.documents']))).toEqual([
      { id: '1', score: 0.9, content: '0.9 zanzibar' },
      { id: '3', score: 0.5, content: '0.5 zanzibar' },
    ]);
    expect(attributes['gen_ai.rerank.scores']).toEqual([0.9, 0.5]);
    const { attributes: dimensions } = only<DataPoint<unknown>>(
      only(await recorded.metrics()).dataPoints,
    );
    expect(JSON.stringify(dimensions)).not.toContain('zanzibar');
  });
});

describe('without a provider', () => {
  it('calls work, and nothing is kept for a later provider', async () => {
    const { service } = scripted(scoresOf, { captureContent: true });
    const { results } = await service.rerank({ query, documents });
    expect(results).toHaveLength(4);
    const recorded = setUp();
    expect(recorded.spans()).toEqual([]);
    expect(await recorded.metrics()).toEqual([]);
  });
});

describe('without @opentelemetry/api', () => {
  it('calls work, without telemetry', async () => {
    vi.doMock('@opentelemetry/api', () => {
      throw new Error('Cannot find package');
    });
    onTestFinished(() => {
      vi.doUnmock('@opentelemetry/api');
    });
    const settings = { baseUrl: 'http://127.0.0.1:9', captureContent: true };
    expect(await loadTelemetry(settings)).toBeUndefined();
    const { service } = scripted(scoresOf);
    expect((await service.rerank({ query, documents })).results).toHaveLength(4);
  });
});

function histogramOf(value: unknown): Histogram {
  if (!isHistogram(value)) {
    throw new TypeError('no histogram');
  }
  return value;
}

function isHistogram(value: unknown): value is Histogram {
  return typeof value === 'object' && value !== null && 'buckets' in value && 'count' in value;
}
