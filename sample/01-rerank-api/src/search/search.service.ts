import { Injectable } from '@nestjs/common';
import { RerankService } from 'nestjs-cohere';
import { ArticlesRepository } from '../articles/articles.repository.js';
import type { SearchRequestDto } from './dto/search-request.dto.js';
import type { SearchResponseDto } from './dto/search-response.dto.js';

/** Enough for the right article to be among them, few enough to be ranked in one cheap request. */
const CANDIDATES = 25;

@Injectable()
export class SearchService {
  constructor(
    private readonly articles: ArticlesRepository,
    private readonly rerank: RerankService,
  ) {}

  async search({ query, topN }: SearchRequestDto): Promise<SearchResponseDto> {
    const { results, usage, model } = await this.rerank.rerank({
      query,
      documents: this.articles.findCandidates(query, CANDIDATES),
      toText: ({ title, text }) => `${title}\n${text}`,
      topN,
    });
    return {
      results: results.map(({ document: { id, title, text, category }, relevanceScore }) => ({
        id,
        title,
        text,
        category,
        relevanceScore,
      })),
      usage,
      model,
    };
  }
}
