import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

export const OPENAPI_PATH = 'docs';

const TITLE = 'Fernbill help centre search';

export function setUpOpenApi(app: INestApplication): void {
  const config = new DocumentBuilder()
    .setTitle(TITLE)
    .setDescription(
      'Support articles, found by their words and put in order by Cohere rerank with nestjs-cohere.',
    )
    .setVersion('1.0')
    // Named here only to stand first.
    .addTag('search')
    .build();
  SwaggerModule.setup(OPENAPI_PATH, app, () => SwaggerModule.createDocument(app, config), {
    customSiteTitle: TITLE,
    swaggerOptions: { docExpansion: 'full', tryItOutEnabled: true, defaultModelsExpandDepth: 0 },
  });
}
