'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');
const { findAll } = require('./formatting.cjs');

/**
 * @returns the TypeScript of the project, or of its Nest CLI, if its parser can be used; the major of Nest; the
 *   manifest, and of it the range of @nestjs/config; and the package manager
 */
function loadProject(tree, root) {
  const requireThere = createRequire(path.join(root, 'package.json'));
  const cli = resolve(requireThere, '@nestjs/cli/package.json');
  // TypeScript 7 has no such interface, an app in JavaScript no TypeScript; the CLI has its own.
  const ts = [requireThere, ...(cli === undefined ? [] : [createRequire(cli)])]
    .map((from) => load(from, 'typescript'))
    .find((module) => typeof module?.createSourceFile === 'function');
  const manifest = tree.exists('/package.json') ? JSON.parse(text(tree, '/package.json')) : {};
  const { '@nestjs/core': range, '@nestjs/config': config } = {
    ...manifest.devDependencies,
    ...manifest.dependencies,
  };
  const installed = load(requireThere, '@nestjs/core/package.json')?.version;
  const nest = Number.parseInt(/\d+/.exec(`${range} ${installed}`)?.[0] ?? '12', 10);
  return { ts, manifest, nest, config, manager: managerOf(tree) };
}

function managerOf(tree) {
  if (tree.exists('/pnpm-lock.yaml')) {
    return 'pnpm';
  }
  return tree.exists('/yarn.lock') ? 'yarn' : 'npm';
}

/** @returns true for `isLoaded` if anything in the app reads a .env file, and its name; none if it ignores all */
function envOf(tree, { ts, manifest: { scripts = {} } }, sourceRoot, ...mainFiles) {
  const sources = [sourceRoot, '/libs', '/packages'].flatMap((folder) => sourcesIn(tree, folder));
  const files = new Set([...mainFiles.filter((file) => tree.exists(file)), ...sources]);
  const loaders = [...files].flatMap((file) => loadersIn(ts, text(tree, file)));
  const options = loaders.join('\n');
  return {
    isLoaded: loaders.length > 0 || /--env-file/.test(Object.values(scripts).join('\n')),
    file: /ignoreEnvFile:\s*true/.test(options)
      ? undefined
      : (/envFilePath:\s*\[?\s*(['"`])([^'"`$]+)\1/.exec(options)?.[2] ?? '.env'),
  };
}

/** The calls and imports that load a .env file. */
function loadersIn(ts, code) {
  if (ts === undefined) {
    return code.match(LOADER) ?? [];
  }
  const source = ts.createSourceFile('file.ts', code, ts.ScriptTarget.Latest, true);
  return findAll(ts, source, (node) =>
    ts.isCallExpression(node)
      ? LOADING_CALL.test(node.expression.getText(source).replace(/\s+/g, ''))
      : ts.isStringLiteral(node) && /^dotenv(?:$|[/-])/.test(node.text),
  ).map((node) => node.getText(source));
}

const LOADING_CALL = /^(?:\w*ConfigModule\.forRoot(?:Async)?|(?:process\.)?loadEnvFile)$/;
const LOADER = /\w*ConfigModule\s*\.\s*forRoot|loadEnvFile\(|['"]dotenv['"/-]/g;

function sourcesIn(tree, folder) {
  const files = [];
  tree.getDir?.(folder).visit((file) => {
    if (/\.[cm]?[jt]s$/.test(file) && !/node_modules|\/dist\/|\.(?:spec|test|d)\.\w+$/.test(file)) {
      files.push(file);
    }
  });
  return files;
}

function text(tree, file) {
  return tree.read(file).toString('utf8');
}

function load(requireThere, name) {
  try {
    return requireThere(name);
  } catch {
    return undefined;
  }
}

function resolve(requireThere, name) {
  try {
    return requireThere.resolve(name);
  } catch {
    return undefined;
  }
}

module.exports = { envOf, loadProject };
