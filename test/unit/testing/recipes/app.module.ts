import { Controller, Get, Module, Query } from '@nestjs/common';
import { CohereModule } from 'nestjs-cohere';
import { SearchService } from './search.service.js';

@Controller('search')
class SearchController {
  constructor(private readonly search: SearchService) {}

  @Get()
  async find(@Query('q') query: string) {
    return { best: await this.search.best(query) };
  }
}

export const cohere = CohereModule.forRootAsync();

@Module({ imports: [cohere], controllers: [SearchController], providers: [SearchService] })
export class AppModule {}
