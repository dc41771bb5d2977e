import type * as Api from '@opentelemetry/api';
import type {
  Attributes,
  Counter,
  Histogram,
  MeterProvider,
  Span,
  TracerProvider,
} from '@opentelemetry/api';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { isRequestId } from '../diagnosis/read-reply.js';
import { DiagnosedError } from '../diagnosis/errors.js';
import { VERSION } from '../diagnosis/library.js';
import type { RerankResponse } from './rerank.interface.js';
import type { ObservedCall, RerankTelemetry, TelemetrySettings } from './telemetry.js';

const SCOPE = 'nestjs-cohere';
/** The buckets of the GenAI conventions. */
const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/** @returns undefined where the app does not have `@opentelemetry/api`, an optional peer */
export async function loadTelemetry(
  settings: TelemetrySettings,
): Promise<RerankTelemetry | undefined> {
  try {
    return new OpenTelemetry(await import('@opentelemetry/api'), settings);
  } catch {
    return undefined;
  }
}

interface Instruments {
  readonly provider: MeterProvider;
  readonly duration: Histogram;
  readonly searchUnits: Counter;
  readonly degradedCalls: Counter;
}

/**
 * Records one CLIENT span `rerank {model}` per call, the GenAI duration histogram, and counters of search units and of
 * degraded calls, after the proposal for rerank
 * (https://github.com/open-telemetry/semantic-conventions-genai/issues/253).
 */
class OpenTelemetry implements RerankTelemetry {
  readonly #api: typeof Api;
  readonly #settings: TelemetrySettings;
  readonly #server: AttributeValues;
  #instruments: Instruments | undefined;

  readonly #noTracing: TracerProvider;
  #unusedMeters: MeterProvider | undefined;

  constructor(api: typeof Api, settings: TelemetrySettings) {
    this.#api = api;
    this.#noTracing = new api.ProxyTracerProvider().getDelegate();
    this.#settings = settings;
    this.#server = serverAttributes(settings.baseUrl);
  }

  async observe<T extends string | object>(
    call: ObservedCall,
    run: () => Promise<RerankResponse<T>>,
  ): Promise<RerankResponse<T>> {
    if (this.#isUnused()) {
      return run();
    }
    const { context, SpanKind, trace } = this.#api;
    const attributes = requestAttributes(call, this.#server);
    const startedAt = performance.now();
    const span = trace
      .getTracer(SCOPE, VERSION)
      .startSpan(`rerank ${call.model}`, { kind: SpanKind.CLIENT, attributes: attributes.span });
    try {
      const response = await context.with(trace.setSpan(context.active(), span), run);
      this.#describe(span, call, response);
      this.#recordDuration(startedAt, attributes.metric);
      if (response.usage.searchUnits !== undefined) {
        this.#meters().searchUnits.add(response.usage.searchUnits, attributes.metric);
      }
      return response;
    } catch (error) {
      const type = failureType(error);
      this.#fail(span, error, type);
      this.#recordDuration(startedAt, { ...attributes.metric, 'error.type': type });
      throw error;
    } finally {
      span.end();
    }
  }

  countDegraded(model: string, code: DiagnosisCode): void {
    const attributes = { ...metricAttributes(model, this.#server), 'error.type': code };
    this.#meters().degradedCalls.add(1, attributes);
  }

  /** Returns true while the app has the API but no tracing and no metrics, which it may set up at any time. */
  #isUnused(): boolean {
    const { createNoopMeter, metrics, ProxyTracerProvider, trace } = this.#api;
    const tracing = trace.getTracerProvider();
    if (!(tracing instanceof ProxyTracerProvider) || tracing.getDelegate() !== this.#noTracing) {
      return false;
    }
    const provider = metrics.getMeterProvider();
    if (this.#unusedMeters !== provider && provider.getMeter(SCOPE) === createNoopMeter()) {
      this.#unusedMeters = provider;
    }
    return this.#unusedMeters === provider;
  }

  #describe<T extends string | object>(
    span: Span,
    call: ObservedCall,
    response: RerankResponse<T>,
  ): void {
    if (!span.isRecording()) {
      return;
    }
    span.setAttributes(responseAttributes(response));
    if (this.#settings.captureContent) {
      span.setAttributes(contentAttributes(call, response));
    }
  }

  #fail(span: Span, error: unknown, type: string): void {
    // Only the title: an exception event would include the stack.
    const message = error instanceof DiagnosedError ? { message: error.message } : {};
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR, ...message });
    span.setAttribute('error.type', type);
  }

  #recordDuration(startedAt: number, attributes: Attributes): void {
    this.#meters().duration.record((performance.now() - startedAt) / 1_000, attributes);
  }

  /** Returns instruments of the current provider: unlike tracers, those made before an SDK is set up record nothing. */
  #meters(): Instruments {
    const provider = this.#api.metrics.getMeterProvider();
    if (this.#instruments?.provider !== provider) {
      this.#instruments = createInstruments(provider);
    }
    return this.#instruments;
  }
}

function createInstruments(provider: MeterProvider): Instruments {
  const meter = provider.getMeter(SCOPE, VERSION);
  return {
    provider,
    duration: meter.createHistogram('gen_ai.client.operation.duration', {
      description: 'Duration of a call to Cohere, retries included.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATION_BUCKETS },
    }),
    searchUnits: meter.createCounter('nestjs_cohere.search_units', {
      description: 'Search units that Cohere billed.',
      unit: '{search_unit}',
    }),
    degradedCalls: meter.createCounter('nestjs_cohere.degraded_calls', {
      description: 'Calls whose documents came back in their original order.',
      unit: '{call}',
    }),
  };
}

type AttributeValues = Readonly<Record<string, string | number | number[]>>;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The attributes known before the call; those of the metrics have few different values. */
function requestAttributes(
  { model, texts, topN }: ObservedCall,
  server: AttributeValues,
): { readonly span: AttributeValues; readonly metric: AttributeValues } {
  const metric = metricAttributes(model, server);
  const span = { ...metric, 'gen_ai.rerank.candidate.count': texts.length };
  return { metric, span: topN === undefined ? span : { ...span, 'gen_ai.rerank.top_n': topN } };
}

function metricAttributes(model: string, server: AttributeValues): AttributeValues {
  return {
    'gen_ai.operation.name': 'rerank',
    'gen_ai.provider.name': 'cohere',
    'gen_ai.request.model': model,
    ...server,
  };
}

function serverAttributes(baseUrl: string): AttributeValues {
  const { hostname, port, protocol } = new URL(baseUrl);
  const serverPort = port === '' ? DEFAULT_PORTS[protocol] : Number(port);
  return {
    'server.address': hostname,
    ...(serverPort === undefined ? {} : { 'server.port': serverPort }),
  };
}

function responseAttributes<T extends string | object>({
  ids,
  usage,
}: RerankResponse<T>): AttributeValues {
  const [id] = ids;
  return {
    // A gateway may return anything as an id.
    ...(isRequestId(id) ? { 'gen_ai.response.id': id } : {}),
    ...(usage.searchUnits === undefined ? {} : { 'gen_ai.usage.search_units': usage.searchUnits }),
    ...(usage.inputTokens === undefined ? {} : { 'gen_ai.usage.input_tokens': usage.inputTokens }),
    ...(usage.cachedDocuments === undefined
      ? {}
      : { 'nestjs_cohere.cached_documents': usage.cachedDocuments }),
    'nestjs_cohere.requests': usage.requests,
    'nestjs_cohere.retries': usage.retries,
  };
}

/** Returns the content attributes, recorded only with `captureContent`. */
function contentAttributes<T extends string | object>(
  { query, texts }: ObservedCall,
  { results }: RerankResponse<T>,
): AttributeValues {
  const documents = results.map(({ index, relevanceScore }) => ({
    id: String(index),
    score: relevanceScore,
    content: texts[index],
  }));
  return {
    'gen_ai.retrieval.query.text': query,
    'gen_ai.retrieval.documents': JSON.stringify(documents),
    'gen_ai.rerank.scores': results.map(({ relevanceScore }) => relevanceScore),
  };
}

/** Returns the code of a diagnosis, or the name of any other error, such as `AbortError`. */
function failureType(error: unknown): string {
  if (error instanceof DiagnosedError) {
    return error.code;
  }
  return error instanceof Error ? error.name : '_OTHER';
}
