import type * as Api from '@opentelemetry/api';
import type { Attributes, Histogram, MeterProvider, Span } from '@opentelemetry/api';
import { DiagnosedError } from '../../diagnosis/errors/diagnosed.error.js';
import { VERSION } from '../../transport/version.js';
import type { RerankResponse } from '../rerank-response.interface.js';
import {
  contentAttributes,
  failureType,
  requestAttributes,
  responseAttributes,
} from './attributes.js';
import type {
  ObservedCall,
  RerankTelemetry,
  TelemetrySettings,
} from './rerank-telemetry.interface.js';

const SCOPE = 'nestjs-cohere';
/** The buckets the GenAI conventions ask for. */
const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/**
 * One CLIENT span `rerank {model}` per call and the GenAI duration histogram, after the proposal for
 * rerank (https://github.com/open-telemetry/semantic-conventions-genai/issues/253).
 */
export class OpenTelemetry implements RerankTelemetry {
  readonly #api: typeof Api;
  readonly #settings: TelemetrySettings;
  #histogram: { readonly provider: MeterProvider; readonly instrument: Histogram } | undefined;

  constructor(api: typeof Api, settings: TelemetrySettings) {
    this.#api = api;
    this.#settings = settings;
  }

  async observe<T extends string | object>(
    call: ObservedCall,
    run: () => Promise<RerankResponse<T>>,
  ): Promise<RerankResponse<T>> {
    const { context, SpanKind, trace } = this.#api;
    const attributes = requestAttributes(call, this.#settings.baseUrl);
    const startedAt = performance.now();
    const span = trace
      .getTracer(SCOPE, VERSION)
      .startSpan(`rerank ${call.model}`, { kind: SpanKind.CLIENT, attributes: attributes.span });
    try {
      const response = await context.with(trace.setSpan(context.active(), span), run);
      this.#describe(span, call, response);
      this.#record(startedAt, attributes.metric);
      return response;
    } catch (error) {
      const type = failureType(error);
      this.#fail(span, error, type);
      this.#record(startedAt, { ...attributes.metric, 'error.type': type });
      throw error;
    } finally {
      span.end();
    }
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
    // Only the title: an exception event would take the stack along.
    const message = error instanceof DiagnosedError ? { message: error.message } : {};
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR, ...message });
    span.setAttribute('error.type', type);
  }

  #record(startedAt: number, attributes: Attributes): void {
    this.#durations().record((performance.now() - startedAt) / 1_000, attributes);
  }

  /** Of the provider in charge now: unlike tracers, instruments made before an SDK is set up stay dead. */
  #durations(): Histogram {
    const provider = this.#api.metrics.getMeterProvider();
    if (this.#histogram?.provider !== provider) {
      const instrument = provider
        .getMeter(SCOPE, VERSION)
        .createHistogram('gen_ai.client.operation.duration', {
          description: 'Duration of a call to Cohere, retries included.',
          unit: 's',
          advice: { explicitBucketBoundaries: DURATION_BUCKETS },
        });
      this.#histogram = { provider, instrument };
    }
    return this.#histogram.instrument;
  }
}
