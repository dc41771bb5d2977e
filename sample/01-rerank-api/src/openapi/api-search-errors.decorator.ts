import { applyDecorators } from '@nestjs/common';
import { ApiBadRequestResponse, ApiResponse } from '@nestjs/swagger';
import { CohereErrorDto } from './cohere-error.dto.js';
import { cohereErrorExample, timeoutExample } from './cohere-error.example.js';
import { ValidationErrorDto } from './validation-error.dto.js';

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Seconds, when Cohere says how long to wait.',
    schema: { type: 'integer' },
  },
} as const;

/** Documents the error responses of a search, with examples that the exception filter writes. */
export function ApiSearchErrors(): MethodDecorator {
  return applyDecorators(
    ApiBadRequestResponse({ description: 'The request is invalid.', type: ValidationErrorDto }),
    ApiResponse({
      status: 401,
      description: 'Cohere rejected the API key of this app; `fix` says what to do.',
      type: CohereErrorDto,
      headers: {
        'WWW-Authenticate': { description: 'Sent with every 401.', schema: { type: 'string' } },
      },
      example: cohereErrorExample(401, 'invalid api token'),
    }),
    ApiResponse({
      status: 402,
      description: "Cohere asks for a payment method, or the account's billing limit is reached.",
      type: CohereErrorDto,
      example: cohereErrorExample(
        402,
        'Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue',
      ),
    }),
    ApiResponse({
      status: 429,
      description: 'Cohere limits the rate of requests, or the quota is used up.',
      type: CohereErrorDto,
      headers: RETRY_AFTER,
      example: cohereErrorExample(429, 'too many requests'),
    }),
    ApiResponse({
      status: 502,
      description: 'Cohere could not be reached, or returned a server error.',
      type: CohereErrorDto,
      example: cohereErrorExample(500, 'internal server error'),
    }),
    ApiResponse({
      status: 503,
      description: 'Cohere is overloaded or under maintenance.',
      type: CohereErrorDto,
      headers: RETRY_AFTER,
      example: cohereErrorExample(503, 'service unavailable'),
    }),
    ApiResponse({
      status: 504,
      description: 'Cohere did not answer in time.',
      type: CohereErrorDto,
      example: timeoutExample(),
    }),
  );
}
