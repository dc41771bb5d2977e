import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DIAGNOSIS_CODES, type DiagnosisCode, type RerankUsage } from 'nestjs-cohere';

const FIELDS = ['title', 'text'] as const;

/** A passage of an article; `article[field].slice(start, end)` is its text. */
export class RelevantPassageDto {
  @ApiProperty({ enum: FIELDS })
  readonly field!: (typeof FIELDS)[number];

  @ApiProperty({ description: 'In UTF-16 code units, as in JavaScript.', example: 0 })
  readonly start!: number;

  @ApiProperty({ description: 'Exclusive.', example: 71 })
  readonly end!: number;
}

export class SearchResultDto {
  @ApiProperty({ example: 'lost-phone-two-factor' })
  readonly id!: string;

  @ApiProperty({ description: 'Of title and text, as BCP 47 writes it.', example: 'en' })
  readonly language!: string;

  @ApiProperty({ example: 'Lost your phone? Sign in without your authenticator app' })
  readonly title!: string;

  @ApiProperty({
    example: 'If you have lost or replaced the phone with your authenticator app …',
  })
  readonly text!: string;

  @ApiProperty({ example: 'security' })
  readonly category!: string;

  @ApiProperty({
    description: 'How relevant the article is to the query, as Cohere sees it.',
    minimum: 0,
    maximum: 1,
    example: 0.93,
  })
  readonly relevanceScore!: number;

  @ApiPropertyOptional({
    description:
      'The passages that make the article relevant. With `explain`, from models that return them.',
    type: [RelevantPassageDto],
  })
  readonly passages?: readonly RelevantPassageDto[] | undefined;
}

export class CandidateDto {
  @ApiProperty({ example: 'lost-phone-two-factor' })
  readonly id!: string;

  @ApiProperty({ description: 'Of title and text, as BCP 47 writes it.', example: 'en' })
  readonly language!: string;

  @ApiProperty({ example: 'Lost your phone? Sign in without your authenticator app' })
  readonly title!: string;

  @ApiProperty({ example: 'security' })
  readonly category!: string;

  @ApiProperty({
    description: 'The weight of the words it shares with the query; 0 for none.',
    example: 7.41,
  })
  readonly wordScore!: number;
}

export class ExplanationDto {
  @ApiProperty({
    description: 'What Cohere was asked to rank, in the order before it did.',
    type: [CandidateDto],
  })
  readonly candidates!: readonly CandidateDto[];

  @ApiProperty({ description: 'How long the rerank took, in milliseconds.', example: 87 })
  readonly rerankMs!: number;
}

export class UsageDto implements RerankUsage {
  @ApiPropertyOptional({
    description: 'Billed search units, when Cohere reports them.',
    example: 1,
  })
  readonly searchUnits?: number;

  @ApiPropertyOptional({
    description: 'Billed input tokens, when Cohere reports them.',
    example: 3412,
  })
  readonly inputTokens?: number;

  @ApiProperty({ description: 'Requests it took.', example: 1 })
  readonly requests!: number;

  @ApiProperty({ description: 'Attempts beyond the first.', example: 0 })
  readonly retries!: number;
}

export class DegradedDto {
  @ApiProperty({ enum: DIAGNOSIS_CODES, enumName: 'DiagnosisCode' })
  readonly code!: DiagnosisCode;

  @ApiProperty({ description: 'How to fix it.', type: [String] })
  readonly fix!: readonly string[];
}

export class SearchResponseDto {
  @ApiProperty({ description: 'Most relevant first.', type: [SearchResultDto] })
  readonly results!: readonly SearchResultDto[];

  @ApiProperty()
  readonly usage!: UsageDto;

  @ApiProperty({ description: 'The model that ranked.', example: 'rerank-v5.0-fast' })
  readonly model!: string;

  @ApiPropertyOptional({
    description:
      'Why the results are in the order of the keyword index. With `onFailure: original-order`.',
  })
  readonly degraded?: DegradedDto | undefined;

  @ApiPropertyOptional({ description: 'With `explain`.' })
  readonly explanation?: ExplanationDto | undefined;
}
