import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface FakeTree {
  exists(path: string): boolean;
  read(path: string): Buffer | null;
  overwrite(path: string, text: string): void;
  create(path: string, text: string): void;
  getDir(path: string): { visit(visitor: (path: string) => void): void };
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
    getDir: (folder) => ({
      visit: (visitor) =>
        [...contents.keys()].filter((path) => path.startsWith(`${folder}/`)).forEach(visitor),
    }),
  };
  for (let time = 0; time < times; time += 1) {
    said.length = 0;
    nestAdd({ sourceRoot: 'src', projectRoot })(tree, { logger: { info: say, warn: say } });
  }
  return {
    module: contents.get('/src/app.module.ts') ?? '',
    main: contents.get('/src/main.ts') ?? '',
    env: contents.get('/.env.example') ?? '',
    manifest: contents.get('/package.json') ?? '',
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
/** An app whose environment is loaded already, so that only CohereModule is added. */
const LOADS_ENV = { '/src/env.ts': "import 'dotenv/config';\n" };

const withModule = (metadata: string): string =>
  add({
    ...FILES,
    ...LOADS_ENV,
    '/src/app.module.ts': MODULE.replace(/\{\n.*\n\}(?=\))/s, metadata),
  }).module;

describe('nest add nestjs-cohere', () => {
  it('changes a generated ESM app', () => {
    const { module, main, env } = add(FILES);

    expect(module).toBe(`import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';
import { ConfigModule } from '@nestjs/config';
import { CohereModule } from 'nestjs-cohere';

@Module({
  imports: [ConfigModule.forRoot(), CohereModule.forRootAsync()],
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

  it('changes nothing the second time, and reports that', () => {
    const { said, ...once } = add(FILES);
    const { said: saidAgain, ...twice } = add(FILES, { times: 2 });

    expect(twice).toEqual(once);
    expect(said).toContain(
      'Added: ConfigModule.forRoot(), CohereModule.forRootAsync() (src/app.module.ts).',
    );
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

    expect(after).toContain(
      'js"\r\nimport { ConfigModule } from "@nestjs/config"\r\nimport { CohereModule } from "nestjs-cohere"\r\n',
    );
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it.each([
    ['await bootstrap();', 'bootstrap().catch(failBoot);'],
    ['void bootstrap();', 'bootstrap().catch(failBoot);'],
    ['bootstrap();', 'bootstrap().catch(failBoot);'],
    ['bootstrap()', 'bootstrap().catch(failBoot)'],
    [
      "bootstrap().then(() => console.log('up'));",
      "bootstrap().then(() => console.log('up')).catch(failBoot);",
    ],
  ])('catches what %s drops', (before, after) => {
    const main = MAIN.replace('await bootstrap();', before);
    expect(add({ ...FILES, '/src/main.ts': main }).main.split('\n')).toContain(after);
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
    [
      'an export beside what it awaits',
      'const app = await NestFactory.create(AppModule);\nexport const server = app.getHttpServer();\n',
    ],
    ['a try around what it awaits', 'try {\n  await NestFactory.create(AppModule);\n} catch {}\n'],
    [
      'a text of several lines that indenting would change',
      'const app = await NestFactory.create(AppModule);\nconsole.log(`a\nb`);\n',
    ],
    ['options in a variable', MAIN.replace('(AppModule)', '(AppModule, options)')],
    ['two apps', MAIN.replace('await app', 'await NestFactory.create(AppModule);\n  await app')],
    ['a syntax error', MAIN.replace('function bootstrap', 'function')],
  ])('leaves a main.ts with %s alone, and says what to do by hand', (_, main) => {
    const { main: after, said } = add({ ...FILES, '/src/main.ts': main });

    expect(after).toBe(main);
    expect(said).toMatch(/Not changed: src\/main\.ts, because .*By hand:.*failBoot/s);
  });

  it('makes a function of a main.ts that awaits at the top level', () => {
    const { main } = add({
      ...FILES,
      '/src/main.ts': `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

// The port is the platform's.
const port = process.env.PORT ?? 3000;
const app = await NestFactory.create(AppModule);

app.setGlobalPrefix('api');
await app.listen(port);
`,
    });

    expect(main).toBe(`import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { failBoot } from 'nestjs-cohere';

// The port is the platform's.
const port = process.env.PORT ?? 3000;
async function bootstrap() {
  const app = await NestFactory.create(AppModule, { abortOnError: false });

  app.setGlobalPrefix('api');
  await app.listen(port);
}
bootstrap().catch(failBoot);
`);
  });

  it.each([
    '(async () => { await NestFactory.create(AppModule); })()',
    'void (async () => { await NestFactory.create(AppModule); })()',
    '(async function main() { await NestFactory.create(AppModule); })()',
  ])('catches what %s drops', (main) => {
    expect(add({ ...FILES, '/src/main.ts': `${main};\n` }).main).toContain(
      '})().catch(failBoot);\n',
    );
  });

  it.each([
    ['in the root module', '/src/app.module.ts', 'ConfigModule.forRoot({ isGlobal: true }),'],
    ['over several lines', '/src/shared.module.ts', 'ConfigModule\n  .forRoot({\n  })'],
    ['with registerAs', '/src/shared.module.ts', 'ConfigModule.forRoot({ load: [cohereConfig] })'],
    ['in a library of the monorepo', '/libs/config/src/index.ts', 'ConfigModule.forRoot()'],
    ['by a module of another package', '/src/config.ts', 'TypedConfigModule.forRoot({})'],
    ['with dotenv', '/src/env.ts', "import 'dotenv/config'"],
    ['with Node itself', '/src/env.ts', 'process.loadEnvFile()'],
  ])('adds no ConfigModule where .env is loaded %s', (_, path, code) => {
    const loaded =
      path === '/src/app.module.ts' ? MODULE.replace('imports: [', `imports: [${code}`) : code;
    expect(
      add({ ...FILES, [path]: loaded }).module.match(/ConfigModule\.forRoot\(/g) ?? [],
    ).toHaveLength(path === '/src/app.module.ts' ? 1 : 0);
  });

  it.each([
    ['a comment', '/src/a.ts', '// ConfigModule.forRoot()'],
    ['a test', '/src/a.spec.ts', 'ConfigModule.forRoot();'],
    ['a module that loads nothing', '/src/a.ts', 'ConfigModule.forFeature(cohereConfig);'],
  ])('adds ConfigModule where only %s names it', (_, path, code) => {
    expect(add({ ...FILES, [path]: code }).module).toContain(
      'imports: [ConfigModule.forRoot(), CohereModule.forRootAsync()]',
    );
  });

  it('adds ConfigModule to an app that has CohereModule, and CohereModule once', () => {
    const module = MODULE.replace(
      "import { Module } from '@nestjs/common';",
      "import { Module } from '@nestjs/common';\nimport { CohereModule } from 'nestjs-cohere';",
    ).replace('imports: []', 'imports: [CohereModule.forRootAsync()]');

    expect(add({ ...FILES, '/src/app.module.ts': module }).module).toContain(
      'imports: [CohereModule.forRootAsync(), ConfigModule.forRoot()]',
    );
  });

  it('leaves a root module alone that has a ConfigModule of its own', () => {
    const module = MODULE.replace('./app.controller.js', './config.js').replaceAll(
      'AppController',
      'ConfigModule',
    );
    const { module: after, said } = add({ ...FILES, '/src/app.module.ts': module });

    expect(after).toBe(module);
    expect(said).toContain('it has another ConfigModule');
  });

  it.each([
    ['^11.0.1', '^4.0.0'],
    ['^12.0.1', '^12.0.0'],
  ])('adds what the app imports to package.json: @nestjs/core %s', (core, config) => {
    const manifest = `{\n    "name": "app",\n    "dependencies": {\n        "@nestjs/core": "${core}",\n        "rxjs": "^7.8.1"\n    }\n}\n`;
    const { manifest: after } = add({ ...FILES, '/package.json': manifest });

    expect(after).toBe(
      `{\n    "name": "app",\n    "dependencies": {\n        "@nestjs/config": "${config}",\n        "@nestjs/core": "${core}",\n        "joi": "^18.0.0",\n        "rxjs": "^7.8.1"\n    }\n}\n`,
    );
  });

  it('leaves a package.json as it is that has them', () => {
    const manifest = '{"dependencies":{"joi":"17.13.3"},"devDependencies":{"@nestjs/config":"4"}}';
    expect(add({ ...FILES, '/package.json': manifest }).manifest).toBe(manifest);
  });

  it('warns of @nestjs/config 12 in an app of Nest 11', () => {
    const dependencies = { '@nestjs/core': '^11.0.1', '@nestjs/config': '^12.0.1' };
    const files = { ...FILES, '/package.json': JSON.stringify({ dependencies }) };

    expect(add(files).said).toContain('npm install @nestjs/config@4');
  });

  it.each([
    [{}, 'Put it into .env:', '2. Run npm start'],
    [{ '/package.json': '{}' }, 'Put it into .env:', '2. Run npm install && npm start'],
    [{ '/yarn.lock': '' }, 'Put it into .env:', '2. Run yarn start'],
    [
      { '/src/a.ts': "ConfigModule.forRoot({ envFilePath: ['.env.local', '.env'] })" },
      'Put it into .env.local:',
      'npm start',
    ],
    [
      { '/src/a.ts': 'ConfigModule.forRoot({ ignoreEnvFile: true })' },
      'Set it in the environment of the app:',
      'npm start',
    ],
  ])('ends with two steps: %j', (files, first, second) => {
    const steps =
      add({ ...FILES, ...files })
        .said.split('Next:\n')[1]
        ?.split('\n') ?? [];

    expect(steps).toHaveLength(2);
    expect(steps[0]).toContain(first);
    expect(steps[1]).toContain(second);
  });

  it('changes the JavaScript of an app without TypeScript', () => {
    const { said } = add({ '/src/app.module.js': MODULE, '/src/main.js': MAIN });

    expect(said).toContain('(src/app.module.js)');
    expect(said).toContain('Added: failBoot (src/main.js)');
  });

  it('finds the root module by what main.ts starts', () => {
    const { said } = add({
      '/src/main.ts': MAIN.replace('./app.module.js', './modules/root.module'),
      '/src/modules/root.module.ts': MODULE,
    });
    expect(said).toContain('CohereModule.forRootAsync() (src/modules/root.module.ts).');
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
