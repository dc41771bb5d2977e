'use strict';

// nest add nestjs-cohere. Runs inside the Nest CLI, and needs nothing but the TypeScript of the project.
const { posix } = require('node:path');
const { addToEnvExample } = require('./env-example.cjs');
const { addFailBoot, rootModuleFile } = require('./main-file.cjs');
const { addToPackageJson } = require('./package-json.cjs');
const { addToRootModule } = require('./root-module.cjs');
const { envOf, loadProject } = require('./project.cjs');

/** What a person types where a file could not be changed. */
const BY_HAND = {
  module: `import { ConfigModule } from '@nestjs/config';
import { CohereModule } from 'nestjs-cohere';

@Module({ imports: [ConfigModule.forRoot(), CohereModule.forRootAsync()] })
export class AppModule {}`,
  main: `import { failBoot } from 'nestjs-cohere';

const app = await NestFactory.create(AppModule, { abortOnError: false });
…
bootstrap().catch(failBoot);`,
};

/** @returns a rule of @angular-devkit/schematics: it changes the tree, and says what it did and what it could not do */
function nestAdd(options = {}) {
  return (tree, context) => {
    const sourceRoot = posix.join('/', String(options.sourceRoot ?? 'src'));
    const project = loadProject(tree, options.projectRoot ?? process.cwd());
    const extension = tree.exists(posix.join(sourceRoot, 'main.js')) ? 'js' : 'ts';
    const mainPath = posix.join(sourceRoot, `main.${extension}`);
    const modulePath = rootModulePath(tree, mainPath, sourceRoot, project, extension);
    const env = envOf(tree, project, sourceRoot, modulePath, mainPath);
    const manifest = addToPackageJson(tree, '/package.json', project);
    const outcomes = [
      edit(tree, modulePath, { ...project, env }, addToRootModule, BY_HAND.module),
      edit(tree, mainPath, project, addFailBoot, BY_HAND.main),
      manifest,
      addToEnvExample(tree, '/.env.example'),
    ];
    for (const { done, path, text, byHand } of outcomes) {
      const file = path.replace(/^\//, '');
      if (byHand === undefined) {
        context.logger.info(`${done ? 'Added' : 'Already there'}: ${text} (${file}).`);
      } else {
        context.logger.warn(
          `Not changed: ${file}, because ${text}. By hand:\n\n${indent(byHand)}\n`,
        );
      }
    }
    if (project.nest === 11 && /^\D*1[2-9]/.test(project.config ?? '')) {
      context.logger.warn(
        '@nestjs/config 12 is ESM only, and Jest on Nest 11 cannot load it: run npm install @nestjs/config@4.',
      );
    }
    context.logger.info(nextSteps(env, project.manager, manifest.done));
    return tree;
  };
}

function nextSteps(env, manager, mustInstall) {
  const where =
    env.file === undefined ? 'Set it in the environment of the app' : `Put it into ${env.file}`;
  const install = mustInstall ? `${manager} install && ` : '';
  return `Next:
  1. Create a key at https://dashboard.cohere.com/api-keys. ${where}: COHERE_API_KEY=<your key>
  2. Run ${install}${manager} start`;
}

/** Changes one file, or leaves it alone and says why. */
function edit(tree, path, project, change, byHand) {
  const { ts } = project;
  const problem = (text) => ({ done: false, path, text, byHand });
  if (ts === undefined) {
    return problem('the project has no TypeScript whose parser can be used');
  }
  if (!tree.exists(path)) {
    return problem('there is no such file');
  }
  const before = tree.read(path).toString('utf8');
  const source = parse(ts, path, before);
  if (source.parseDiagnostics.length > 0) {
    return problem('it has a syntax error');
  }
  const { edits = [], text, impossible } = change(ts, source, project);
  if (impossible !== undefined) {
    return problem(impossible);
  }
  if (edits.length === 0) {
    return { done: false, path, text };
  }
  const after = apply(before, edits);
  if (parse(ts, path, after).parseDiagnostics.length > 0) {
    return problem('the change would not be valid TypeScript');
  }
  tree.overwrite(path, after);
  return { done: true, path, text };
}

function rootModulePath(tree, mainPath, sourceRoot, { ts }, extension) {
  const usual = posix.join(sourceRoot, `app.module.${extension}`);
  if (ts === undefined || !tree.exists(mainPath)) {
    return usual;
  }
  const main = parse(ts, mainPath, tree.read(mainPath).toString('utf8'));
  const imported = rootModuleFile(ts, main, extension);
  return imported === undefined ? usual : posix.join(posix.dirname(mainPath), imported);
}

function parse(ts, path, text) {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function apply(text, edits) {
  return edits
    .toReversed()
    .toSorted((a, b) => b.at - a.at)
    .reduce(
      (rest, { at, remove = 0, insert }) => rest.slice(0, at) + insert + rest.slice(at + remove),
      text,
    );
}

function indent(text) {
  return text.replaceAll(/^(?=.)/gm, '    ');
}

module.exports = { nestAdd };
