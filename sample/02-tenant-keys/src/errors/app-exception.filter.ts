import {
  Catch,
  HttpException,
  HttpStatus,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { diagnose, toHttpException, type CohereFilterOptions } from 'nestjs-cohere';
import { TenantKeyError } from './tenant-key.error.js';

/** Returns the problem to the tenant whose key it is. Not as a 401, which would log the user out. */
const TENANT_KEY: CohereFilterOptions = {
  statusFor: ({ httpStatus }) => (httpStatus === 401 ? 422 : httpStatus),
};
/** Returns only the code for a problem of the app's key. */
const HOUSE_KEY: CohereFilterOptions = {
  statusFor: ({ httpStatus }) => (httpStatus === 401 ? 502 : httpStatus),
  expose: 'code',
};

/** Answers every error in this app's own format: `{ error: { … }, path }`. */
@Catch()
export class AppExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('AppExceptionFilter');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const context = host.switchToHttp();

    const isTenantKey = exception instanceof TenantKeyError;
    const cohere = toHttpException(exception, isTenantKey ? TENANT_KEY : HOUSE_KEY);
    for (const [name, value] of Object.entries(cohere?.headers ?? {})) {
      httpAdapter.setHeader(context.getResponse(), name, value);
    }

    const error = cohere ?? exception;
    const status =
      error instanceof HttpException ? error.getStatus() : HttpStatus.INTERNAL_SERVER_ERROR;
    this.log(exception, status);

    const body = {
      error: error instanceof HttpException ? error.getResponse() : 'Internal server error',
      path: httpAdapter.getRequestUrl(context.getRequest()),
    };
    httpAdapter.reply(context.getResponse(), body, status);
  }

  private log(exception: unknown, status: number): void {
    const diagnosis = diagnose(exception);
    if (diagnosis !== undefined) {
      this.logger.warn(`${diagnosis.code} ${diagnosis.title} ${diagnosis.fix[0] ?? ''}`);
    } else if (status >= 500) {
      this.logger.error(exception);
    }
  }
}
