'use strict';

const { appendTo, importName, importsName, prependTo } = require('./formatting.cjs');

const COHERE = 'CohereModule.forRootAsync()';
const CONFIG = 'ConfigModule.forRoot()';

/**
 * @returns the edits that import CohereModule into the one module of the file, and ConfigModule before it where nothing
 *   loads .env; none if all is there; or why not
 */
function addToRootModule(ts, source, { env }) {
  const isThere = importsName(ts, source, 'CohereModule', 'nestjs-cohere');
  const texts = [...(env.isLoaded ? [] : [CONFIG]), ...(isThere ? [] : [COHERE])];
  if (texts.length === 0) {
    return { text: 'CohereModule' };
  }
  const names = [
    ...(env.isLoaded ? [] : [['ConfigModule', '@nestjs/config']]),
    ...(isThere ? [] : [['CohereModule', 'nestjs-cohere']]),
  ].filter(([name, from]) => !importsName(ts, source, name, from));
  const taken = names.find(([name]) => importsName(ts, source, name));
  if (taken !== undefined) {
    return { impossible: `it has another ${taken[0]}` };
  }
  const decorators = moduleDecorators(ts, source);
  if (decorators.length !== 1) {
    return {
      impossible: `it has ${decorators.length === 0 ? 'no class' : `${decorators.length} classes`} with @Module()`,
    };
  }
  const [call] = decorators;
  const [metadata] = call.arguments;
  const done = (edit) => ({
    text: texts.join(', '),
    edits: [...names.map(([name, from]) => importName(ts, source, name, from)), edit],
  });
  if (metadata === undefined) {
    return done({ at: call.end - 1, insert: `{ imports: [${texts.join(', ')}] }` });
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
    return done(prependTo(source, metadata, metadata.properties, `imports: [${texts.join(', ')}]`));
  }
  if (!ts.isPropertyAssignment(imports) || !ts.isArrayLiteralExpression(imports.initializer)) {
    return { impossible: '`imports` of @Module() is not an array literal' };
  }
  return done(appendTo(source, imports.initializer, imports.initializer.elements, ...texts));
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
