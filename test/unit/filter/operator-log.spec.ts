import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import { COHERE_FILTER_OPTIONS } from '../../../lib/filter/error-response.js';
import { OPERATOR_ONLY, throwFailure } from '../../support/failures.js';

@Controller()
class SearchController {
  @Get('rejected')
  rejected(): never {
    return throwFailure('rejected');
  }

  @Get('limited')
  limited(): never {
    return throwFailure('limited');
  }
}

@Module({
  controllers: [SearchController],
  providers: [
    { provide: APP_FILTER, useClass: CohereExceptionFilter },
    { provide: COHERE_FILTER_OPTIONS, useValue: { statusFor: () => 200 } },
  ],
})
class AppModule {}

let app: INestApplication;
const lines: string[] = [];
const note =
  (level: string) =>
  (message: unknown, ...details: unknown[]): void => {
    if (['CohereExceptionFilter', 'CohereModule'].includes(String(details.at(-1)))) {
      lines.push(`${level} ${String(message)}`);
    }
  };

afterEach(() => NestFactory.createApplicationContext(class Quiet {}, { logger: false }));

describe("what the operator reads in the app's log", () => {
  it('contains each kind of failure once at its level, and how often it occurred', async () => {
    app = await NestFactory.create(AppModule, {
      logger: { log: note('log'), error: note('error'), warn: note('warn') },
    });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    for (const path of ['rejected', 'limited', 'rejected', 'rejected']) {
      await fetch(`${url}/${path}`);
    }
    await app.close();

    expect(lines).toEqual([
      'warn statusFor returned 200 for COHERE_API_KEY_REJECTED; allowed: 400 to 599. The status of the diagnosis is used in its place.',
      expect.stringMatching(
        new RegExp(
          `^error COHERE_API_KEY_REJECTED .*${OPERATOR_ONLY}.* Fix: .* More: npx nestjs-cohere explain COHERE_API_KEY_REJECTED$`,
        ),
      ),
      expect.stringMatching(/^warn COHERE_RATE_LIMITED .* Fix: /),
      expect.stringMatching(
        /^warn COHERE_API_KEY_REJECTED occurred 3 times in \d+ s; the app shut down\.$/,
      ),
    ]);
  });
});
