import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface FakeTree {
  exists(path: string): boolean;
  read(path: string): Buffer | null;
  overwrite(path: string, text: string): void;
  create(path: string, text: string): void;
}
type Context = { readonly logger: Readonly<Record<'info' | 'warn', (text: string) => void>> };
type NestAdd = (options: object) => (tree: FakeTree, context: Context) => unknown;

const { nestAdd }: { readonly nestAdd: NestAdd } = createRequire(import.meta.url)(
  '../../../schematics/nest-add/index.cjs',
);
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/** What `nest add` makes of the files, and what it says. */
function add(
  files: Readonly<Record<string, string>>,
  { times = 1, projectRoot = REPOSITORY }: { times?: number; projectRoot?: string } = {},
) {
  const contents = new Map(Object.entries(files));
  const said: string[] = [];
  const say = (text: string): void => {
    said.push(text);
  };
  const tree: FakeTree = {
    exists: (path) => contents.has(path),
    read: (path) => Buffer.from(contents.get(path) ?? ''),
    overwrite: (path, text) => contents.set(path, text),
    create: (path, text) => contents.set(path, text),
  };
  for (let time = 0; time < times; time += 1) {
    said.length = 0;
    nestAdd({ sourceRoot: 'src', projectRoot })(tree, { logger: { info: say, warn: say } });
  }
  return {
    module: contents.get('/src/app.module.ts') ?? '',
    main: contents.get('/src/main.ts') ?? '',
    env: contents.get('/.env.example') ?? '',
    said: said.join('\n'),
  };
}

const MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';

@Module({
  imports: [],
  controllers: [AppController],
})
export class AppModule {}
`;
const MAIN = `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(process.env.PORT ?? 3000);
}
await bootstrap();
`;
const FILES = { '/src/app.module.ts': MODULE, '/src/main.ts': MAIN };

const withModule = (metadata: string): string =>
  add({ ...FILES, '/src/app.module.ts': MODULE.replace(/\{\n.*\n\}(?=\))/s, metadata) }).module;

describe('nest add nestjs-cohere', () => {
  it('changes a generated ESM app', () => {
    const { module, main, env } = add(FILES);

    expect(module).toBe(`import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';
import { CohereModule } from 'nestjs-cohere';

@Module({
  imports: [CohereModule.forRootAsync()],
  controllers: [AppController],
})
export class AppModule {}
`);
    expect(main).toBe(`import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { failBoot } from 'nestjs-cohere';

async function bootstrap() {
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  await app.listen(process.env.PORT ?? 3000);
}
bootstrap().catch(failBoot);
`);
    expect(env).toBe('# https://dashboard.cohere.com/api-keys\nCOHERE_API_KEY=\n');
  });

  it('changes nothing the second time, and says so', () => {
    const { said, ...once } = add(FILES);
    const { said: saidAgain, ...twice } = add(FILES, { times: 2 });

    expect(twice).toEqual(once);
    expect(said).toContain('Added: CohereModule.forRootAsync() (src/app.module.ts).');
    expect(saidAgain).toContain('Already there: CohereModule (src/app.module.ts).');
    expect(saidAgain).toContain('Already there: failBoot (src/main.ts).');
    expect(saidAgain).toContain('Already there: COHERE_API_KEY (.env.example).');
  });

  it.each([
    ['no argument', '', '{ imports: [CohereModule.forRootAsync()] }'],
    ['an empty object', '{}', '{ imports: [CohereModule.forRootAsync()] }'],
    [
      'no imports, one line',
      '{ providers: [A] }',
      '{ imports: [CohereModule.forRootAsync()], providers: [A] }',
    ],
    [
      'no imports, many lines',
      '{\n  providers: [A],\n}',
      '{\n  imports: [CohereModule.forRootAsync()],\n  providers: [A],\n}',
    ],
    [
      'imports on one line',
      '{ imports: [A, B] }',
      '{ imports: [A, B, CohereModule.forRootAsync()] }',
    ],
    [
      'imports on many lines',
      '{\n\timports: [\n\t\tA,\n\t\tB,\n\t],\n}',
      '{\n\timports: [\n\t\tA,\n\t\tB,\n\t\tCohereModule.forRootAsync(),\n\t],\n}',
    ],
    [
      'no trailing comma',
      '{\n  imports: [\n    A,\n    B\n  ]\n}',
      '{\n  imports: [\n    A,\n    B,\n    CohereModule.forRootAsync()\n  ]\n}',
    ],
    [
      'a comment behind the last import',
      '{\n  imports: [\n    A, // first\n  ],\n}',
      '{\n  imports: [\n    A, // first\n    CohereModule.forRootAsync(),\n  ],\n}',
    ],
    [
      'a comment, and no trailing comma',
      '{\n  imports: [\n    A // first\n  ],\n}',
      '{\n  imports: [\n    A, // first\n    CohereModule.forRootAsync()\n  ],\n}',
    ],
    [
      'a call over lines as last import',
      '{\n  imports: [\n    A.forRoot({\n      b: 1,\n    }),\n  ],\n}',
      '{\n  imports: [\n    A.forRoot({\n      b: 1,\n    }),\n    CohereModule.forRootAsync(),\n  ],\n}',
    ],
  ])('keeps the formatting of @Module() with %s', (_, before, after) => {
    expect(withModule(before)).toContain(`@Module(${after})`);
  });

  it.each([
    ['imports that are not an array literal', '{ imports: MODULES }'],
    ['a spread object', '{ ...metadata }'],
    ['an identifier', 'metadata'],
  ])('leaves @Module() with %s alone, and says what to do by hand', (_, metadata) => {
    const module = MODULE.replace(/\{\n.*\n\}(?=\))/s, metadata);
    const { module: after, said } = add({ ...FILES, '/src/app.module.ts': module });

    expect(after).toBe(module);
    expect(said).toMatch(/Not changed: src\/app\.module\.ts, because .*By hand:.*forRootAsync/s);
  });

  it('writes quotes, semicolons and line ends as the file does', () => {
    const module = MODULE.replaceAll("'", '"').replaceAll(';', '').replaceAll('\n', '\r\n');
    const { module: after } = add({ ...FILES, '/src/app.module.ts': module });

    expect(after).toContain('controller.js"\r\nimport { CohereModule } from "nestjs-cohere"\r\n');
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it.each([
    ['await bootstrap();', 'bootstrap().catch(failBoot);'],
    ['void bootstrap();', 'bootstrap().catch(failBoot);'],
    ['bootstrap();', 'bootstrap().catch(failBoot);'],
    ['bootstrap()', 'bootstrap().catch(failBoot)'],
  ])('catches what %s drops', (before, after) => {
    const main = MAIN.replace('await bootstrap();', before);
    expect(add({ ...FILES, '/src/main.ts': main }).main).toMatch(
      new RegExp(`^${after.replaceAll(/[().]/g, String.raw`\$&`)}$`, 'm'),
    );
  });

  it.each([
    ['create(AppModule, { cors: true })', 'create(AppModule, { cors: true, abortOnError: false })'],
    [
      'create(AppModule, new FastifyAdapter())',
      'create(AppModule, new FastifyAdapter(), { abortOnError: false })',
    ],
    [
      'create<X>(\n    AppModule,\n    new FastifyAdapter(),\n  )',
      'create<X>(\n    AppModule,\n    new FastifyAdapter(),\n    { abortOnError: false },\n  )',
    ],
    [
      'create(AppModule, {\n    bufferLogs: true,\n  })',
      'create(AppModule, {\n    bufferLogs: true,\n    abortOnError: false,\n  })',
    ],
    ['create(AppModule, { abortOnError: false })', 'create(AppModule, { abortOnError: false })'],
  ])('tells Nest not to end the process itself in %s', (before, after) => {
    const main = MAIN.replace('create(AppModule)', before);
    expect(add({ ...FILES, '/src/main.ts': main }).main).toContain(`NestFactory.${after}`);
  });

  it.each([
    ['a catch of its own', MAIN.replace('await bootstrap()', 'bootstrap().catch(console.error)')],
    ['no function', 'const app = await NestFactory.create(AppModule);\nawait app.listen(3000);\n'],
    ['options in a variable', MAIN.replace('(AppModule)', '(AppModule, options)')],
    ['two apps', MAIN.replace('await app', 'await NestFactory.create(AppModule);\n  await app')],
    [
      'an immediately invoked function',
      '(async () => { await NestFactory.create(AppModule); })();\n',
    ],
    ['a syntax error', MAIN.replace('function bootstrap', 'function')],
  ])('leaves a main.ts with %s alone, and says what to do by hand', (_, main) => {
    const { main: after, said } = add({ ...FILES, '/src/main.ts': main });

    expect(after).toBe(main);
    expect(said).toMatch(/Not changed: src\/main\.ts, because .*By hand:.*failBoot/s);
  });

  it('finds the root module by what main.ts starts', () => {
    const { said } = add({
      '/src/main.ts': MAIN.replace('./app.module.js', './modules/root.module'),
      '/src/modules/root.module.ts': MODULE,
    });
    expect(said).toContain('Added: CohereModule.forRootAsync() (src/modules/root.module.ts).');
  });

  it('leaves every file alone where the project has no TypeScript to read it with', () => {
    const { module, main, said } = add(FILES, { projectRoot: '/nowhere' });

    expect([module, main]).toEqual([MODULE, MAIN]);
    expect(said).toContain('no TypeScript whose parser can be used');
  });

  it.each([
    ['PORT=3000', 'PORT=3000\n# https://dashboard.cohere.com/api-keys\nCOHERE_API_KEY=\n'],
    [
      'PORT=3000\r\n',
      'PORT=3000\r\n# https://dashboard.cohere.com/api-keys\r\nCOHERE_API_KEY=\r\n',
    ],
    ['export COHERE_API_KEY=x\n', 'export COHERE_API_KEY=x\n'],
    ['# COHERE_API_KEY=\n', '# COHERE_API_KEY=\n'],
  ])('adds the variable to .env.example once: %j', (before, after) => {
    expect(add({ ...FILES, '/.env.example': before }).env).toBe(after);
  });
});
