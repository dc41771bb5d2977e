'use strict';

/** What a person types where a file could not be changed. */
const BY_HAND = {
  module: `import { CohereModule } from 'nestjs-cohere';

@Module({ imports: [CohereModule.forRootAsync()] })
export class AppModule {}`,
  main: `import { failBoot } from 'nestjs-cohere';

const app = await NestFactory.create(AppModule, { abortOnError: false });
…
bootstrap().catch(failBoot);`,
};

module.exports = { BY_HAND };
