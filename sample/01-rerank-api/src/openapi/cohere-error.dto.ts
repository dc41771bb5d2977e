import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DIAGNOSIS_CODES, type CohereErrorResponse, type DiagnosisCode } from 'nestjs-cohere';

/** The body of every response of `CohereExceptionFilter`. */
export class CohereErrorDto implements CohereErrorResponse {
  @ApiProperty()
  readonly statusCode!: number;

  @ApiProperty()
  readonly error!: string;

  @ApiProperty()
  readonly message!: string;

  @ApiProperty({ enum: DIAGNOSIS_CODES, enumName: 'DiagnosisCode' })
  readonly code!: DiagnosisCode;

  @ApiProperty({ description: 'What to do, the most likely step first.', type: [String] })
  readonly fix!: readonly string[];

  @ApiProperty({ description: 'Where the code is documented.', format: 'uri' })
  readonly docs!: string;

  @ApiPropertyOptional({ description: 'How long Cohere asked to wait, in milliseconds.' })
  readonly retryAfterMs?: number | undefined;
}
