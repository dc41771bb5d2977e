import {
  Catch,
  Inject,
  Logger,
  Optional,
  type ArgumentsHost,
  type ExceptionFilter,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { diagnose } from '../diagnosis/diagnose.js';
import { GraphqlCohereError } from './answers/graphql.js';
import { answerHttp } from './answers/http.js';
import { answerWs } from './answers/ws.js';
import { answerFor, COHERE_FILTER_OPTIONS, type CohereFilterOptions } from './error-response.js';
import { type IncidentLog, incidentLogOf } from './incident-log.js';
import { answerGrpc, answerRpc, isGrpc } from './answers/rpc.js';
import { CohereFailure } from './cohere-failure.js';

/**
 * Answers what this library throws, and what `cohere-ai` throws, with the diagnosis: an
 * AuthenticationError becomes HTTP 401 with the steps that fix it. `CohereModule` registers it for the
 * whole app unless `filter: false`; it works with `@UseFilters(CohereExceptionFilter)` as well, which
 * WebSocket gateways need.
 *
 * @publicApi
 */
@Catch(CohereFailure)
export class CohereExceptionFilter implements ExceptionFilter, OnApplicationShutdown {
  readonly #logger = new Logger('CohereExceptionFilter');
  readonly #adapterHost: HttpAdapterHost;
  readonly #options: CohereFilterOptions;
  readonly #incidents: IncidentLog;
  #hasWarned = false;

  constructor(
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
    @Optional() @Inject(COHERE_FILTER_OPTIONS) options?: CohereFilterOptions,
  ) {
    this.#adapterHost = adapterHost;
    this.#options = options ?? {};
    this.#incidents = incidentLogOf(adapterHost);
  }

  catch(exception: unknown, host: ArgumentsHost): Observable<void> | Error | void {
    const answer = answerFor(exception, this.#options, (message) => this.#warnOnce(message));
    const diagnosis = diagnose(exception);
    if (diagnosis !== undefined) {
      this.#incidents.record(diagnosis);
    }
    switch (host.getType<'http' | 'ws' | 'rpc' | 'graphql'>()) {
      case 'http':
        return answerHttp(this.#adapterHost.httpAdapter, host, answer);
      case 'graphql':
        return new GraphqlCohereError(answer);
      case 'ws':
        return answerWs(host, answer);
      case 'rpc':
        return isGrpc(host) ? answerGrpc(host, answer) : answerRpc(answer);
      default:
        // A context of another library (a bot, a command line), which handles errors itself.
        throw exception;
    }
  }

  onApplicationShutdown(): void {
    this.#incidents.close();
  }

  #warnOnce(message: string): void {
    if (!this.#hasWarned) {
      this.#hasWarned = true;
      this.#logger.warn(`${message} The status of the diagnosis is used in its place.`);
    }
  }
}
