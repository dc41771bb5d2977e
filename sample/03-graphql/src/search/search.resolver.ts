import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import { RerankService } from 'nestjs-cohere';
import { RECIPES } from './recipes.js';
import { SearchResult } from './search.models.js';

@Resolver(() => SearchResult)
export class SearchResolver {
  constructor(private readonly rerank: RerankService) {}

  // Nullable, so that a failed search leaves the other fields of the query intact.
  @Query(() => SearchResult, { nullable: true, description: 'Recipes, most relevant first.' })
  async search(
    @Args('query') query: string,
    @Args('topN', { type: () => Int, defaultValue: 3 }) topN: number,
  ): Promise<SearchResult> {
    const { results, model, usage } = await this.rerank.rerank({
      query,
      documents: RECIPES,
      topN,
    });
    return {
      hits: results.map(({ document, relevanceScore }) => ({ recipe: document, relevanceScore })),
      model,
      requests: usage.requests,
    };
  }

  @Query(() => Int, { description: 'How many recipes there are.' })
  recipeCount(): number {
    return RECIPES.length;
  }
}
