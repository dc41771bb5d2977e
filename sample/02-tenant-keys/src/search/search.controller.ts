import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import Joi from 'joi';
import { JoiValidationPipe } from '../validation/joi-validation.pipe.js';
import { SearchService } from './search.service.js';

interface SearchDto {
  readonly query: string;
  readonly documents: string[];
}

const searchSchema = Joi.object<SearchDto, true>({
  query: Joi.string().trim().required(),
  documents: Joi.array().items(Joi.string()).min(1).max(1_000).required(),
});

@Controller('search')
export class SearchController {
  constructor(private readonly searchService: SearchService) {}

  @Post()
  @HttpCode(200)
  async search(
    // A real app takes the tenant from the session.
    @Headers('x-tenant') tenant = 'acme',
    @Body(new JoiValidationPipe(searchSchema)) { query, documents }: SearchDto,
  ) {
    const { results, usage } = await this.searchService.search(tenant, query, documents);
    return { results, usage };
  }
}
