'use strict';

const { appendTo, importName, importsName, prependTo } = require('./formatting.cjs');

const TEXT = 'CohereModule.forRootAsync()';

/** @returns the edits that import CohereModule into the one module of the file, none if it is there, or why not */
function addToRootModule(ts, source) {
  if (importsName(ts, source, 'CohereModule')) {
    return { text: 'CohereModule' };
  }
  const decorators = moduleDecorators(ts, source);
  if (decorators.length !== 1) {
    return {
      impossible: `it has ${decorators.length === 0 ? 'no class' : `${decorators.length} classes`} with @Module()`,
    };
  }
  const [call] = decorators;
  const [metadata] = call.arguments;
  const done = (edit) => ({ text: TEXT, edits: [importName(ts, source, 'CohereModule'), edit] });
  if (metadata === undefined) {
    return done({ at: call.end - 1, insert: `{ imports: [${TEXT}] }` });
  }
  if (!ts.isObjectLiteralExpression(metadata)) {
    return { impossible: 'the argument of @Module() is not an object literal' };
  }
  if (metadata.properties.some((property) => ts.isSpreadAssignment(property))) {
    return { impossible: 'the argument of @Module() spreads another object' };
  }
  const imports = metadata.properties.find(
    (property) => property.name?.getText(source) === 'imports',
  );
  if (imports === undefined) {
    return done(prependTo(source, metadata, metadata.properties, `imports: [${TEXT}]`));
  }
  if (!ts.isPropertyAssignment(imports) || !ts.isArrayLiteralExpression(imports.initializer)) {
    return { impossible: '`imports` of @Module() is not an array literal' };
  }
  return done(appendTo(source, imports.initializer, imports.initializer.elements, TEXT));
}

function moduleDecorators(ts, source) {
  return source.statements
    .filter((statement) => ts.isClassDeclaration(statement))
    .flatMap((declaration) => ts.getDecorators(declaration) ?? [])
    .map(({ expression }) => expression)
    .filter(
      (expression) =>
        ts.isCallExpression(expression) && expression.expression.getText(source) === 'Module',
    );
}

module.exports = { addToRootModule };
