import { Field, Float, Int, ObjectType } from '@nestjs/graphql';

@ObjectType()
export class Recipe {
  @Field()
  readonly title!: string;

  @Field()
  readonly text!: string;
}

@ObjectType()
export class SearchHit {
  @Field(() => Recipe)
  readonly recipe!: Recipe;

  @Field(() => Float, { description: 'From 0 to 1.' })
  readonly relevanceScore!: number;
}

@ObjectType()
export class SearchResult {
  @Field(() => [SearchHit])
  readonly hits!: readonly SearchHit[];

  @Field()
  readonly model!: string;

  @Field(() => Int, { description: 'The number of requests to Cohere.' })
  readonly requests!: number;
}
