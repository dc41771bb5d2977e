import { Controller, Get, Inject, Module, Query } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { CohereModule } from 'nestjs-cohere';
import { SearchService } from './search.service.js';

@Controller('search')
export class SearchController {
  constructor(@Inject(SearchService) private readonly search: SearchService) {}

  @Get()
  find(@Query('query') query: string): Promise<string[]> {
    return this.search.find(query);
  }
}

@Module({
  imports: [ConfigModule.forRoot(), CohereModule.forRootAsync()],
  controllers: [SearchController],
  providers: [SearchService],
})
export class AppModule {}
