'use strict';

const { posix } = require('node:path');
const { appendTo, importName, importsName } = require('./formatting.cjs');

const OPTION = 'abortOnError: false';

/**
 * @returns the edits that end a failed boot with failBoot - the option and the catch, both or neither -, none if it is
 *   there, or why not
 */
function addFailBoot(ts, source) {
  if (importsName(ts, source, 'failBoot')) {
    return { text: 'failBoot' };
  }
  const creations = findAll(ts, source, (node) => isCreation(ts, node));
  if (creations.length !== 1) {
    return {
      impossible: `it calls NestFactory ${creations.length === 0 ? 'nowhere' : 'more than once'}`,
    };
  }
  const [creation] = creations;
  const option = withOption(ts, source, creation);
  if (option.impossible !== undefined) {
    return option;
  }
  const caught = withCatch(ts, source, creation);
  if (caught.impossible !== undefined) {
    return caught;
  }
  return {
    text: 'failBoot',
    edits: [importName(ts, source, 'failBoot'), ...option.edits, ...caught.edits],
  };
}

/** Where the module comes from that NestFactory starts: `./app.module.ts`, or undefined. */
function rootModuleFile(ts, source) {
  const [creation] = findAll(ts, source, (node) => isCreation(ts, node));
  const name = creation?.arguments[0]?.getText(source);
  const declaration = source.statements.find(
    (statement) =>
      ts.isImportDeclaration(statement) &&
      statement.importClause?.namedBindings !== undefined &&
      ts.isNamedImports(statement.importClause.namedBindings) &&
      statement.importClause.namedBindings.elements.some((element) => element.name.text === name),
  );
  const specifier = declaration?.moduleSpecifier.text;
  if (specifier === undefined || !specifier.startsWith('.')) {
    return undefined;
  }
  return posix.extname(specifier) === '.js' ? `${specifier.slice(0, -3)}.ts` : `${specifier}.ts`;
}

function isCreation(ts, node) {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.expression.getText() === 'NestFactory' &&
    node.expression.name.text.startsWith('create')
  );
}

/** Nest ends the process itself unless it is told not to. */
function withOption(ts, source, creation) {
  const last = creation.arguments.at(-1);
  if (last === undefined) {
    return { impossible: 'NestFactory is called without a module' };
  }
  if (ts.isObjectLiteralExpression(last)) {
    const names = last.properties.map((property) => property.name?.getText(source));
    return names.includes('abortOnError')
      ? { edits: [] }
      : { edits: [appendTo(source, last, last.properties, OPTION)] };
  }
  const isAdapter = creation.arguments.length === 2 && ts.isNewExpression(last);
  if (creation.arguments.length > 1 && !isAdapter) {
    return { impossible: 'the options of NestFactory are not an object literal' };
  }
  return { edits: [appendTo(source, creation, creation.arguments, `{ ${OPTION} }`)] };
}

/** `bootstrap();`, `void bootstrap();` and `await bootstrap();` become `bootstrap().catch(failBoot);`. */
function withCatch(ts, source, creation) {
  const name = enclosingFunction(ts, creation);
  if (name === undefined) {
    return { impossible: 'NestFactory is not called inside a function of its own' };
  }
  const calls = source.statements.filter(
    (statement) =>
      ts.isExpressionStatement(statement) &&
      bareCall(ts, statement.expression)?.getText(source) === `${name}()`,
  );
  if (calls.length !== 1) {
    return { impossible: `\`${name}()\` is not called as a statement of its own` };
  }
  const { expression } = calls[0];
  const start = expression.getStart(source);
  return {
    edits: [{ at: start, remove: expression.end - start, insert: `${name}().catch(failBoot)` }],
  };
}

/** The call behind `void` or `await`. */
function bareCall(ts, expression) {
  const inner =
    ts.isVoidExpression(expression) || ts.isAwaitExpression(expression)
      ? expression.expression
      : expression;
  return ts.isCallExpression(inner) ? inner : undefined;
}

function enclosingFunction(ts, node) {
  for (let parent = node.parent; parent !== undefined; parent = parent.parent) {
    if (ts.isFunctionDeclaration(parent)) {
      return isAsync(ts, parent) && ts.isSourceFile(parent.parent) ? parent.name?.text : undefined;
    }
    if (ts.isArrowFunction(parent) || ts.isFunctionExpression(parent)) {
      const { parent: variable } = parent;
      return isAsync(ts, parent) && ts.isVariableDeclaration(variable)
        ? variable.name.getText()
        : undefined;
    }
  }
  return undefined;
}

function isAsync(ts, declaration) {
  return declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true;
}

function findAll(ts, source, matches) {
  const found = [];
  const visit = (node) => {
    if (matches(node)) {
      found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

module.exports = { addFailBoot, rootModuleFile };
