import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import Joi from 'joi';
import type { Article } from './article.interface.js';
import { LexicalIndex, type Candidate } from './lexical-index.js';

const CORPUS = new URL('../../corpus/articles.json', import.meta.url);

const articlesSchema = Joi.array()
  .items(
    Joi.object<Article, true>({
      id: Joi.string().required(),
      language: Joi.string().default('en'),
      title: Joi.string().required(),
      text: Joi.string().required(),
      category: Joi.string().required(),
      updatedAt: Joi.string().isoDate().required(),
    }),
  )
  .unique('id')
  .min(1)
  .required();

/** The help centre of Fernbill, an invoicing product that does not exist. */
@Injectable()
export class ArticlesRepository {
  readonly #index: LexicalIndex;

  constructor() {
    const corpus: unknown = JSON.parse(readFileSync(CORPUS, 'utf8'));
    this.#index = new LexicalIndex(Joi.attempt(corpus, articlesSchema));
  }

  findCandidates(query: string, limit: number): readonly Candidate[] {
    return this.#index.findCandidates(query, limit);
  }
}
