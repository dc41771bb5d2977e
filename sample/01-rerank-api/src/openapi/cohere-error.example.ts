import { STATUS_CODES } from 'node:http';
import type { CohereErrorResponse, DiagnosisCode } from 'nestjs-cohere';

const ERRORS_PAGE = 'https://github.com/nestjs-cohere/nestjs-cohere/blob/main/docs/errors.md';

export function cohereErrorExample(
  statusCode: number,
  code: DiagnosisCode,
  message: string,
  fix: readonly string[],
): CohereErrorResponse {
  return {
    statusCode,
    error: STATUS_CODES[statusCode] ?? '',
    message,
    code,
    fix,
    docs: `${ERRORS_PAGE}#${code.toLowerCase()}`,
  };
}
