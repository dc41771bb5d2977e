import { Controller, Get, Query } from '@nestjs/common';
import { RerankService } from 'nestjs-cohere';

const DOCUMENTS = ['Rotate a secret', 'Scale a deployment', 'Read the logs of a pod'];

@Controller('search')
export class SearchController {
  constructor(private readonly rerank: RerankService) {}

  @Get()
  async search(@Query('q') query = ''): Promise<{ results: readonly string[] }> {
    const { results } = await this.rerank.rerank({ query, documents: DOCUMENTS });
    return { results: results.map(({ document }) => document) };
  }
}
