import { Injectable } from '@nestjs/common';
// A value import: its type is what Nest injects by.
// oxlint-disable-next-line typescript/consistent-type-imports
import { RerankService } from 'nestjs-cohere';

@Injectable()
export class SearchService {
  constructor(private readonly rerank: RerankService) {}

  async find(query: string): Promise<string[]> {
    const { results } = await this.rerank.rerank({ query, documents: CAPITALS, topN: 2 });
    return results.map(({ document }) => document.city);
  }
}

const CAPITALS = [
  { city: 'Ottawa', text: 'Ottawa is the capital of Canada.' },
  { city: 'Bern', text: 'Bern is the seat of the government of Switzerland.' },
  { city: 'Paris', text: 'Paris is the capital of France.' },
];
