import { applyDecorators } from '@nestjs/common';
import {
  ApiBadGatewayResponse,
  ApiBadRequestResponse,
  ApiGatewayTimeoutResponse,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { CohereErrorDto } from './cohere-error.dto.js';
import { cohereErrorExample } from './cohere-error.example.js';
import { ValidationErrorDto } from './validation-error.dto.js';

/** What a search may answer in place of results. */
export function ApiSearchErrors(): MethodDecorator {
  return applyDecorators(
    ApiBadRequestResponse({ description: 'The request is invalid.', type: ValidationErrorDto }),
    ApiUnauthorizedResponse({
      description: 'Cohere rejected the API key of this app; `fix` tells what to do.',
      type: CohereErrorDto,
      headers: {
        'WWW-Authenticate': { description: 'Goes with every 401.', schema: { type: 'string' } },
      },
      example: cohereErrorExample(401, 'COHERE_API_KEY_REJECTED', 'Cohere rejected the API key.', [
        'Compare the key with the one in https://dashboard.cohere.com/api-keys, character for character.',
        'If it is not there any more, create a new one, set COHERE_API_KEY to it and start the app again.',
      ]),
    }),
    ApiTooManyRequestsResponse({
      description: 'Cohere limits the rate, or the quota is used up.',
      type: CohereErrorDto,
      headers: {
        'Retry-After': {
          description: 'Seconds, where Cohere names them.',
          schema: { type: 'integer' },
        },
      },
      example: cohereErrorExample(
        429,
        'COHERE_RATE_LIMITED',
        'Cohere limits the rate of requests.',
        ['Wait for the time Cohere names, then try again.'],
      ),
    }),
    ApiBadGatewayResponse({
      description: 'Cohere could not be reached, or failed.',
      type: CohereErrorDto,
      example: cohereErrorExample(502, 'COHERE_UPSTREAM_ERROR', 'Cohere failed.', [
        'Try again later; see https://status.cohere.ai.',
      ]),
    }),
    ApiGatewayTimeoutResponse({
      description: 'Cohere did not answer in time.',
      type: CohereErrorDto,
      example: cohereErrorExample(504, 'COHERE_TIMEOUT', 'Cohere did not answer in time.', [
        'Try again later; see https://status.cohere.ai.',
      ]),
    }),
  );
}
