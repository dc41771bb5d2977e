import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { sign } from 'aws4';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CohereModule, RerankService } from 'nestjs-cohere';
import { answersOf, type Deployment, DEPLOYMENTS } from '../support/deployments.js';
import { CANARY } from '../support/keys.js';
import {
  type Answer,
  json,
  ranking,
  StubCohere,
  type StubRequest,
} from '../support/stub-cohere.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/deployments.md'), 'utf8');
// Inside the repository, so that 'nestjs-cohere' resolves to this very package.
const folder = join(root, 'test/e2e/.deployments');

interface Block {
  readonly heading: string;
  readonly file: string;
  readonly code: string;
}

/** The blocks of one language, each with the heading it stands under. */
function blocks(language: string): readonly Block[] {
  let heading = '';
  const pattern = /^## (?<heading>.+)$|^```(?<info>.+)\n(?<code>[^]*?)^```$/gm;
  return [...page.matchAll(pattern)].flatMap(({ groups = {} }) => {
    heading = groups['heading'] ?? heading;
    const [found, file = ''] = (groups['info'] ?? '').split(' file=');
    return found === language ? [{ heading, file, code: groups['code'] ?? '' }] : [];
  });
}

const STAND_INS: Readonly<Record<string, string>> = {
  'Azure AI Foundry': 'Azure AI Foundry',
  'Azure, serverless': 'vLLM',
  'A gateway in front of Cohere': 'AWS API Gateway',
  LiteLLM: 'LiteLLM with a key for one route',
  vLLM: 'vLLM',
  'Servers with /v1/rerank': 'Jina',
  Infinity: 'Infinity',
  'Model Vault': 'vLLM',
  Cohere: 'vLLM',
};

function standInFor(heading: string): Deployment {
  const deployment = DEPLOYMENTS.find(({ name }) => name === STAND_INS[heading]);
  if (deployment === undefined) {
    throw new Error(`no stand-in for ${heading}`);
  }
  return deployment;
}

const running: (() => Promise<unknown>)[] = [];

async function ranksThrough(module: Type | DynamicModule): Promise<readonly number[]> {
  const app = await NestFactory.createApplicationContext(module, {
    logger: false,
    abortOnError: false,
  });
  running.unshift(() => app.close());
  const { results } = await app
    .get(RerankService, { strict: false })
    .rerank({ query: 'refund', documents: Array.from({ length: 25 }, (_, at) => `text ${at}`) });
  return results.map(({ index }) => index);
}

const IN_ORDER = Array.from({ length: 25 }, (_, index) => index);

async function serve(answer: Answer): Promise<StubCohere> {
  const server = await StubCohere.open(answer);
  running.push(() => server.stop());
  return server;
}

afterEach(async () => {
  for (const end of running.splice(0)) {
    await end();
  }
  vi.unstubAllEnvs();
});

describe('the variables in docs/deployments.md', () => {
  it.each(blocks('dotenv'))('start an app that ranks: $heading', async ({ heading, code }) => {
    const deployment = standInFor(heading);
    const server = await serve(answersOf(deployment, () => CANARY));
    const { COHERE_BASE_URL: address = '', ...variables } = parse(code);
    const path = address === '' ? '' : new URL(address).pathname.replace(/\/$/, '');
    expect(path).toBe(deployment.basePath ?? '');
    for (const [name, value] of Object.entries(variables)) {
      vi.stubEnv(name, value);
    }
    vi.stubEnv('COHERE_API_KEY', CANARY);
    vi.stubEnv('COHERE_BASE_URL', `${server.url}${path}`);
    class App {}
    Module({ imports: [CohereModule.forRootAsync()] })(App);
    expect(await ranksThrough(App)).toEqual(IN_ORDER);
    expect(server.paths).toContain(deployment.rerankPath);
  });
});

const TOKENS = ['first-token-0123456789abcdef', 'second-token-0123456789abcdef'];
let tokenAt = 0;

/** One path of AWS, with the model in it and not in the body. */
function awsRoute(path: string, isAllowed: (request: StubRequest) => boolean): Answer {
  return (request, response) => {
    const body = JSON.parse(request.body);
    if (request.path !== path || body.model !== undefined || body.api_version !== 2) {
      json(404, { message: `no route ${request.path}` })(request, response);
    } else if (isAllowed(request)) {
      ranking()(request, response);
    } else {
      json(403, { message: 'The security token included in the request is invalid.' })(
        request,
        response,
      );
    }
  };
}

/** Signs the received request anew; the signatures are the same where nothing was changed on the way. */
function isSignedFor(service: string) {
  return ({ headers, path, body }: StubRequest): boolean => {
    const signed = sign({
      service,
      region: 'eu-central-1',
      method: 'POST',
      host: headers.host ?? '',
      path,
      headers: {
        'content-type': headers['content-type'] ?? '',
        'X-Amz-Date': String(headers['x-amz-date']),
      },
      body,
    });
    return signed.headers?.['Authorization'] === headers.authorization;
  };
}

const SERVICES: Readonly<Record<string, Answer>> = {
  'azure.module.ts': (request, response) => {
    const isGood = request.headers.authorization === `Bearer ${TOKENS[tokenAt]}`;
    (isGood ? ranking() : json(401, { message: 'Unauthorized. Access token has expired.' }))(
      request,
      response,
    );
  },
  'bedrock.module.ts': awsRoute(
    '/model/cohere.rerank-v3-5%3A0/invoke',
    ({ headers }) => headers.authorization === `Bearer ${CANARY}`,
  ),
  'bedrock-signed.module.ts': awsRoute(
    '/model/cohere.rerank-v3-5%3A0/invoke',
    isSignedFor('bedrock'),
  ),
  'sagemaker.module.ts': awsRoute(
    '/endpoints/the%20name%20of%20the%20endpoint/invocations',
    isSignedFor('sagemaker'),
  ),
  'private.module.ts': (request, response) => {
    expect(request.headers.authorization).toBeUndefined();
    ranking()(request, response);
  },
};

/** The one module that a file exports. */
async function load(file: string): Promise<Type> {
  const exported: Record<string, unknown> = await import(
    join(folder, 'out', file.replace('.ts', '.js'))
  );
  const [module] = Object.values(exported);
  if (typeof module !== 'function') {
    throw new Error(`${file} exports no module`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one class it exports
  return module as Type;
}

describe('the modules in docs/deployments.md', () => {
  const modules = blocks('ts');
  let servers: ReadonlyMap<string, StubCohere>;

  beforeAll(async () => {
    const started = new Map<string, StubCohere>();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const { file, code } of modules) {
      const server = await StubCohere.open((request, response) =>
        SERVICES[file]?.(request, response),
      );
      started.set(file, server);
      const local = code
        .replaceAll(/https?:\/\/[a-z][\w.-]+(?::\d+)?(?=[/'])/g, (address) =>
          address.includes('cognitiveservices') ? address : server.url,
        )
        .replace('@azure/identity', './azure-identity.js');
      writeFileSync(join(folder, file), local);
    }
    servers = started;
    writeFileSync(
      join(folder, 'azure-identity.ts'),
      `export class DefaultAzureCredential {
        getToken(scope: string): Promise<{ token: string }> {
          return Promise.resolve({ token: globalThis.entraToken(scope) });
        }
      }
      declare global { var entraToken: (scope: string) => string }`,
    );
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../../tsconfig.json',
        compilerOptions: { rootDir: '.', outDir: 'out', noEmit: false, declaration: false },
        include: ['*.ts'],
      }),
    );
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/typescript-7/bin/tsc'), '-p', folder],
      { stdio: 'pipe' },
    );
  });

  beforeEach(() => {
    tokenAt = 0;
    Reflect.set(globalThis, 'entraToken', () => TOKENS[tokenAt]);
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', CANARY);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  });

  afterAll(async () => {
    for (const server of servers.values()) {
      await server.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('all have a stand-in', () => {
    expect(modules.map(({ file }) => file)).toEqual(Object.keys(SERVICES));
  });

  it.each(modules)('rank: $file', async ({ file }) => {
    expect(await ranksThrough(await load(file))).toEqual(IN_ORDER);
  });

  it('renew an Entra token that has expired, and no caller notices', async () => {
    const module = await load('azure.module.ts');
    await ranksThrough(module);
    tokenAt = 1;
    expect(await ranksThrough(module)).toEqual(IN_ORDER);
  });
});
