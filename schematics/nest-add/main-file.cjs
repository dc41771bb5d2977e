'use strict';

const { appendTo, eolOf, findAll, importName, importsName } = require('./formatting.cjs');

const OPTION = 'abortOnError: false';

/**
 * @returns the edits that end a failed boot with failBoot - the option and the catch, both or neither -, none if it is
 *   there, or why not
 */
function addFailBoot(ts, source) {
  if (importsName(ts, source, 'failBoot', 'nestjs-cohere')) {
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
    edits: [importName(ts, source, 'failBoot', 'nestjs-cohere'), ...option.edits, ...caught.edits],
  };
}

/** The file of the module that NestFactory starts: `./app.module.ts`, or undefined. */
function rootModuleFile(ts, source, extension) {
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
  return `${specifier.replace(/\.[jt]s$/, '')}.${extension}`;
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

/** The call that starts the app ends with `.catch(failBoot)`; what is no function yet becomes `bootstrap`. */
function withCatch(ts, source, creation) {
  const starter = enclosingFunction(ts, creation);
  if (starter === undefined) {
    return withFunction(ts, source, creation);
  }
  const isStart = (call) =>
    starter.name === undefined
      ? call.expression === starter.invoked
      : call.expression.getText(source) === starter.name;
  const starts = source.statements
    .filter((statement) => ts.isExpressionStatement(statement))
    .map(({ expression }) => ({ expression, call: bareCall(ts, expression) }))
    .filter(({ call }) => call !== undefined && isStart(innermostCall(ts, call)));
  if (starts.length !== 1) {
    return { impossible: `\`${starter.name}()\` is not called as a statement of its own` };
  }
  const [{ expression, call }] = starts;
  if (/\.catch\s*\(/.test(chainOf(ts, source, call))) {
    return { impossible: 'it catches what bootstrap throws itself' };
  }
  const start = expression.getStart(source);
  // `void` and `await` have no more to say; before a bracket they may stand for a semicolon.
  const prefix = starter.name === undefined ? 0 : call.getStart(source) - start;
  return {
    edits: [
      { at: start, remove: prefix, insert: '' },
      { at: call.end, insert: '.catch(failBoot)' },
    ],
  };
}

/** From where the app is created to the end of the file, in a function. */
function withFunction(ts, source, creation) {
  const index = source.statements.findIndex(
    (statement) => statement.pos <= creation.pos && creation.end <= statement.end,
  );
  const statements = source.statements.slice(index);
  const [first] = statements;
  const isWaitedFor =
    (ts.isVariableStatement(first) || ts.isExpressionStatement(first)) &&
    ts.isAwaitExpression(creation.parent);
  const stays = statements.some(
    (statement) => ts.isImportDeclaration(statement) || statement.modifiers !== undefined,
  );
  const start = first.getStart(source);
  const end = source.statements.at(-1).end;
  const text = source.text.slice(start, end);
  if (!isWaitedFor || stays || /`[^`]*\n[^`]*`/.test(text)) {
    return { impossible: 'NestFactory is not called inside a function of its own' };
  }
  const eol = eolOf(source);
  const indentation = /^[ \t]+/m.exec(text)?.[0] ?? '  ';
  const lines = [...text.matchAll(/\n(?=[^\r\n])/g)];
  return {
    edits: [
      { at: start, insert: `async function bootstrap() {${eol}${indentation}` },
      ...lines.map((line) => ({ at: start + line.index + 1, insert: indentation })),
      { at: end, insert: `${eol}}${eol}bootstrap().catch(failBoot);` },
    ],
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

/** `bootstrap()` of `bootstrap().then(…)`. */
function innermostCall(ts, call) {
  const { expression } = call;
  return ts.isPropertyAccessExpression(expression) && ts.isCallExpression(expression.expression)
    ? innermostCall(ts, expression.expression)
    : call;
}

function chainOf(ts, source, call) {
  return source.text.slice(innermostCall(ts, call).end, call.end);
}

/** The function that creates the app: its name, or what is invoked where it stands. */
function enclosingFunction(ts, node) {
  for (let { parent } = node; parent !== undefined; parent = parent.parent) {
    if (ts.isFunctionDeclaration(parent)) {
      return {
        name: isAsync(ts, parent) && ts.isSourceFile(parent.parent) ? parent.name?.text : '',
      };
    }
    if (ts.isArrowFunction(parent) || ts.isFunctionExpression(parent)) {
      const { parent: around } = parent;
      return isAsync(ts, parent) && ts.isParenthesizedExpression(around)
        ? { invoked: around }
        : { name: ts.isVariableDeclaration(around) ? around.name.getText() : '' };
    }
    if (ts.isMethodDeclaration(parent)) {
      return { name: '' };
    }
  }
  return undefined;
}

function isAsync(ts, declaration) {
  return declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true;
}

module.exports = { addFailBoot, rootModuleFile };
