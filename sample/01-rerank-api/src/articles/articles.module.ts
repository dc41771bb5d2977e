import { Module } from '@nestjs/common';
import { ArticlesRepository } from './articles.repository.js';

@Module({
  providers: [ArticlesRepository],
  exports: [ArticlesRepository],
})
export class ArticlesModule {}
