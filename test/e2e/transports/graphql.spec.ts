import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Args, GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CohereExceptionFilter } from '../../../lib/filter/cohere-exception.filter.js';
import { OPERATOR_ONLY, throwFailure, type FailureName } from '../../support/failures.js';
import { expectDocumented, isDocumentedNest } from '../../support/transports-doc.js';

@Resolver()
class SearchResolver {
  @Query(() => String, { nullable: true })
  search(@Args('failure', { type: () => String }) failure: string): string {
    return throwFailure(failure);
  }

  @Query(() => String)
  version(): string {
    return '1';
  }
}

@Module({
  providers: [SearchResolver, { provide: APP_FILTER, useClass: CohereExceptionFilter }],
})
class SearchModule {}

@Module({})
class RootModule {
  static over(graphql: DynamicModule): DynamicModule {
    return { module: RootModule, imports: [graphql, SearchModule] };
  }
}

const servers = {
  apollo: () =>
    NestFactory.create(
      RootModule.over(
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          autoSchemaFile: true,
          // As in development, where Apollo sends the frames of the error along.
          includeStacktraceInErrorResponses: true,
        }),
      ),
      { logger: false },
    ),
  mercurius: () =>
    NestFactory.create(
      RootModule.over(
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          driver: MercuriusDriver,
          autoSchemaFile: true,
        }),
      ),
      new FastifyAdapter(),
      { logger: false },
    ),
} as const;

describe.each(['apollo', 'mercurius'] as const)('the exception filter in GraphQL, %s', (server) => {
  let app: INestApplication;
  let url = '';

  beforeAll(async () => {
    app = await servers[server]();
    await app.listen(0, '127.0.0.1');
    url = `${await app.getUrl()}/graphql`;
  });

  afterAll(() => app.close());

  async function ask(failure: FailureName): Promise<{ status: string; body: GraphqlBody }> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'query ($failure: String!) { version search(failure: $failure) }',
        variables: { failure },
      }),
    });
    const body: unknown = await response.json();
    if (!isGraphqlBody(body)) {
      throw new TypeError('not an answer of GraphQL', { cause: body });
    }
    return { status: `${response.status}`, body };
  }

  const errorOf = async (failure: FailureName) => {
    const { status, body } = await ask(failure);
    const [{ message, extensions } = { message: '' }] = body.errors;
    return { status, error: { message, extensions: withoutFrames(extensions) } };
  };

  it('the client receives what docs/transports.md says', async () => {
    const received = {
      rejected: await errorOf('rejected'),
      limited: await errorOf('limited'),
      late: await errorOf('late'),
      foreign: await errorOf('foreign'),
    };
    expect(received.rejected.error).toMatchObject({
      message: expect.stringMatching(/\S/),
      extensions: {
        code: 'COHERE_API_KEY_REJECTED',
        status: 401,
        fix: expect.arrayContaining([expect.any(String)]),
        docs: expect.stringContaining('https://'),
      },
    });
    expect(received.limited.error.extensions).toMatchObject({ retryAfterMs: 1_200 });
    expect(JSON.stringify(received)).not.toContain(OPERATOR_ONLY);
    if (isDocumentedNest) {
      expectDocumented(`graphql-${server}`, received);
    }
  });

  it('the other fields of the query keep their values', async () => {
    const { body } = await ask('limited');
    expect(body.data).toEqual({ version: '1', search: null });
  });

  it.each(['rejected', 'unreadableKeyFile', 'wrapped'] as const)(
    'no file path leaves the server with %s',
    async (failure) => {
      const { body } = await ask(failure);
      expect(body.errors).toHaveLength(1);
      expect(JSON.stringify(body)).not.toMatch(/secrets|dev\.env|failures\.ts|file:|lib\//);
    },
  );
});

interface GraphqlBody {
  readonly data: unknown;
  readonly errors: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

function isGraphqlBody(value: unknown): value is GraphqlBody {
  return (
    typeof value === 'object' && value !== null && 'errors' in value && Array.isArray(value.errors)
  );
}

/** Those of another error are Apollo's own affair. */
function withoutFrames(extensions: Readonly<Record<string, unknown>> = {}) {
  const { stacktrace: _, ...rest } = extensions;
  return rest;
}
