import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import Joi from 'joi';

const DEFAULT_TOP_N = 5;
const MAX_TOP_N = 100;
const MAX_QUERY_LENGTH = 2_000;
const ON_FAILURE = ['throw', 'original-order'] as const;

export class SearchRequestDto {
  @ApiProperty({
    description: 'What you would type into the search box of a help centre, in any language.',
    example: 'I lost my phone and cannot sign in',
    minLength: 1,
    maxLength: MAX_QUERY_LENGTH,
  })
  readonly query!: string;

  @ApiPropertyOptional({
    description: 'How many results to return.',
    type: 'integer',
    minimum: 1,
    maximum: MAX_TOP_N,
    default: DEFAULT_TOP_N,
    example: 3,
  })
  readonly topN!: number;

  @ApiPropertyOptional({
    description: 'True: return the candidates before the rerank, and the relevant passages.',
    default: false,
    example: false,
  })
  readonly explain!: boolean;

  @ApiPropertyOptional({
    description:
      'What to do while Cohere cannot rank: answer with an error, or with the candidates in their own order.',
    enum: ON_FAILURE,
    default: 'throw',
    example: 'throw',
  })
  readonly onFailure!: (typeof ON_FAILURE)[number];
}

export const searchRequestSchema = Joi.object<SearchRequestDto>({
  query: Joi.string().trim().max(MAX_QUERY_LENGTH).required(),
  topN: Joi.number().strict().integer().min(1).max(MAX_TOP_N).default(DEFAULT_TOP_N),
  explain: Joi.boolean().strict().default(false),
  onFailure: Joi.valid(...ON_FAILURE).default('throw'),
})
  .required()
  .label('body');
