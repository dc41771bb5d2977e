import { Catch, Inject, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError, type Observable } from 'rxjs';
import { diagnose } from '../diagnosis/diagnose.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { describeFound } from '../diagnosis/render/report-layout.js';
import { CohereSdkError } from './cohere-sdk.error.js';
import { errorHeaders, errorResponse, type CohereErrorResponse } from './error-response.js';
import { GraphqlDiagnosedError } from './graphql-diagnosed.error.js';
import { sendWsException } from './send-ws-exception.js';
import { DiagnosedError } from '../diagnosis/errors.js';

const REQUEST_GIVEN_UP: Pick<CohereErrorResponse, 'statusCode' | 'error' | 'message'> = {
  statusCode: 500,
  error: 'Internal Server Error',
  message: 'Internal server error',
};

/**
 * Answers what this library throws, and what `cohere-ai` throws, with the diagnosis: an
 * AuthenticationError becomes HTTP 401 with the steps that fix it. `CohereModule` registers it for the
 * whole app unless `filter: false`; it works with `@UseFilters(CohereExceptionFilter)` as well, which
 * WebSocket gateways need.
 *
 * @publicApi
 */
@Catch(DiagnosedError, CohereSdkError)
export class CohereExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger('CohereExceptionFilter');
  readonly #adapterHost: HttpAdapterHost;

  constructor(@Inject(HttpAdapterHost) adapterHost: HttpAdapterHost) {
    this.#adapterHost = adapterHost;
  }

  catch(exception: unknown, host: ArgumentsHost): Observable<never> | Error | void {
    const diagnosis = diagnose(exception);
    if (diagnosis !== undefined) {
      this.#log(diagnosis);
    }
    const body = diagnosis === undefined ? REQUEST_GIVEN_UP : errorResponse(diagnosis);
    switch (host.getType<'http' | 'ws' | 'rpc' | 'graphql'>()) {
      case 'graphql':
        return new GraphqlDiagnosedError(body);
      case 'rpc':
        return throwError(() => ({ status: 'error', ...body }));
      case 'ws':
        return sendWsException(host.switchToWs().getClient(), { status: 'error', ...body });
      default:
        return this.#reply(host, body, diagnosis, exception);
    }
  }

  #reply(
    host: ArgumentsHost,
    body: Pick<CohereErrorResponse, 'statusCode'>,
    diagnosis: Diagnosis | undefined,
    exception: unknown,
  ): void {
    const { httpAdapter } = this.#adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return;
    }
    if (diagnosis !== undefined) {
      for (const [name, value] of errorHeaders(diagnosis, exception)) {
        httpAdapter.setHeader(response, name, value);
      }
    }
    httpAdapter.reply(response, body, body.statusCode);
  }

  /** The operator gets the detail, which the client does not. */
  #log(diagnosis: Diagnosis): void {
    const { code, title, httpStatus } = diagnosis;
    const line = `${code} ${title} ${describeFound(diagnosis)}`.trimEnd();
    if (httpStatus === 401 || httpStatus === 500) {
      this.#logger.error(line);
    } else {
      this.#logger.warn(line);
    }
  }
}
