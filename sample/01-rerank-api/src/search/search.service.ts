import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { RerankService } from 'nestjs-cohere';
import type { Article } from '../articles/article.interface.js';
import { ArticlesRepository } from '../articles/articles.repository.js';
import type { SearchRequestDto } from './dto/search-request.dto.js';
import type { SearchResponseDto } from './dto/search-response.dto.js';
import { toPassages } from './to-passages.js';

/** The number of candidates: enough to include the right article, few enough for one cheap request. */
const CANDIDATES = 25;

const MAX_SPANS = 3;

@Injectable()
export class SearchService {
  constructor(
    private readonly articles: ArticlesRepository,
    private readonly rerank: RerankService,
    private readonly config: ConfigService,
  ) {}

  async search(request: SearchRequestDto): Promise<SearchResponseDto> {
    const { query, topN, explain, onFailure } = request;
    const candidates = this.articles.findCandidates(query, CANDIDATES);
    const startedAt = performance.now();
    const { results, usage, model, degraded } = await this.rerank.rerank(
      {
        query,
        documents: candidates.map(({ article }) => article),
        toText,
        topN,
        relevantSpans: explain && this.#modelTellsSpans() ? { maxSpans: MAX_SPANS } : undefined,
      },
      { onFailure },
    );
    const rerankMs = Math.round(performance.now() - startedAt);
    return {
      results: results.map(({ document, relevanceScore, relevantSpans }) => ({
        id: document.id,
        language: document.language,
        title: document.title,
        text: document.text,
        category: document.category,
        relevanceScore,
        passages: relevantSpans && toPassages(document.title, relevantSpans),
      })),
      usage,
      model,
      degraded: degraded && { code: degraded.code, fix: degraded.clientFix },
      explanation: explain
        ? {
            candidates: candidates.map(
              ({ article: { id, language, title, category }, wordScore }) => ({
                id,
                language,
                title,
                category,
                wordScore,
              }),
            ),
            rerankMs,
          }
        : undefined,
    };
  }

  /** True for Rerank 5, the default; earlier models refuse a request for spans. */
  #modelTellsSpans(): boolean {
    const model = this.config.get<string>('COHERE_RERANK_MODEL') ?? '';
    return model.trim() === '' || model.startsWith('rerank-v5');
  }
}

function toText({ title, text }: Article): string {
  return `${title}\n${text}`;
}
