// oxlint-disable typescript/consistent-type-imports -- Nest reads the class from the type
import { Injectable } from '@nestjs/common';
import { RerankService } from 'nestjs-cohere';

const ARTICLES = [
  { title: 'Shipping', text: 'Parcels arrive within three days.' },
  { title: 'Refunds', text: 'Ask for your money back within 30 days.' },
];

@Injectable()
export class SearchService {
  constructor(private readonly rerank: RerankService) {}

  async best(query: string): Promise<string | undefined> {
    const { results } = await this.rerank.rerank({ query, documents: ARTICLES, topN: 1 });
    return results[0]?.document.title;
  }
}
