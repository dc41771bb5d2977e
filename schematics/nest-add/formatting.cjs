'use strict';

/** How a file is written, read off the file itself, and insertions that look like the rest of it. */

/** An import of one name, after the imports that are there, or within the one from that package. */
function importName(ts, source, name, from) {
  const imports = source.statements.filter((statement) => ts.isImportDeclaration(statement));
  const ours = imports.find(
    ({ moduleSpecifier, importClause }) =>
      moduleSpecifier.text === from &&
      importClause !== undefined &&
      !isTypeOnly(importClause) &&
      importClause.namedBindings !== undefined &&
      ts.isNamedImports(importClause.namedBindings),
  );
  if (ours !== undefined) {
    return appendTo(
      source,
      ours.importClause.namedBindings,
      ours.importClause.namedBindings.elements,
      name,
    );
  }
  const last = imports.at(-1);
  const quote = last?.moduleSpecifier.getText(source).charAt(0) ?? "'";
  const end = last === undefined || last.getText(source).endsWith(';') ? ';' : '';
  const line = `import { ${name} } from ${quote}${from}${quote}${end}`;
  return last === undefined
    ? {
        at: source.statements[0]?.getStart(source) ?? 0,
        insert: `${line}${eolOf(source)}${eolOf(source)}`,
      }
    : { at: last.end, insert: `${eolOf(source)}${line}` };
}

/** True if the file imports the name from that package, or with no package given from anywhere. */
function importsName(ts, source, name, from) {
  return source.statements.some(
    (statement) =>
      ts.isImportDeclaration(statement) &&
      (from === undefined || statement.moduleSpecifier.text === from) &&
      statement.importClause?.namedBindings !== undefined &&
      ts.isNamedImports(statement.importClause.namedBindings) &&
      statement.importClause.namedBindings.elements.some((element) => element.name.text === name),
  );
}

/** More elements of a list in brackets: on the same line where all are, on lines of their own where they have theirs. */
function appendTo(source, list, elements, ...texts) {
  const last = elements.at(-1);
  if (last === undefined) {
    const inside = source.text.slice(list.getStart(source) + 1, list.end - 1);
    const spaces = list.getText(source).startsWith('{') ? ' ' : '';
    return inside.trim() === ''
      ? {
          at: list.getStart(source) + 1,
          remove: inside.length,
          insert: `${spaces}${texts.join(', ')}${spaces}`,
        }
      : // Comments only: they stay.
        { at: list.end - 1, insert: `${eolOf(source)}${texts.join(', ')}${eolOf(source)}` };
  }
  const isOnItsOwnLine =
    lineOf(source, last.getStart(source)) > lineOf(source, list.getStart(source));
  const gap = isOnItsOwnLine ? eolOf(source) + indentationAt(source, last.getStart(source)) : ' ';
  // A comment at the end of the line stays with the element it is about.
  const after = elements.hasTrailingComma ? elements.end : last.end;
  const comment = isOnItsOwnLine
    ? (/^[ \t]*\/\/[^\r\n]*/.exec(source.text.slice(after))?.[0] ?? '')
    : '';
  const added = texts.join(`,${gap}`);
  const insert = elements.hasTrailingComma
    ? `${comment}${gap}${added},`
    : `,${comment}${gap}${added}`;
  return { at: after, remove: comment.length, insert };
}

/** One more element before all others. */
function prependTo(source, list, elements, text) {
  const [first] = elements;
  if (first === undefined) {
    return appendTo(source, list, elements, text);
  }
  const start = first.getStart(source);
  const isOnItsOwnLine = lineOf(source, start) > lineOf(source, list.getStart(source));
  const gap = isOnItsOwnLine ? eolOf(source) + indentationAt(source, start) : ' ';
  return { at: start, insert: `${text},${gap}` };
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

function isTypeOnly(importClause) {
  // `isTypeOnly` is older than TypeScript 5.9, `phaseModifier` newer.
  return importClause.isTypeOnly === true;
}

function eolOf(source) {
  return source.text.includes('\r\n') ? '\r\n' : '\n';
}

function lineOf(source, position) {
  return source.getLineAndCharacterOfPosition(position).line;
}

function indentationAt(source, position) {
  const start = source.text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(source.text.slice(start, position))[0];
}

module.exports = { appendTo, eolOf, findAll, importName, importsName, prependTo };
