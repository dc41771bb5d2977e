import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { generateDtsBundle } from 'dts-bundle-generator';
import ts from 'typescript';

const MAIN = 'index';
/** Stands for the main entry while the others are rolled up; not this package's name, which TypeScript would resolve to dist/. */
const PACKAGE = 'the-main-entry';

/**
 * Writes one .d.ts per entry, for ESM and for CommonJS. What the main entry exports is written once, and imported by
 * the other entries: two classes of one name, each with private members, would not be assignable to each other.
 */
export function bundleTypes({ compiled, dist, entries }) {
  const { [MAIN]: main, ...others } = entries;
  const project = `${compiled}/tsconfig.json`;
  writeFileSync(project, JSON.stringify(PROJECT));
  spellOutUnions(`${compiled}/${main}.d.ts`);
  const [mainTypes] = rollUp([`${compiled}/${main}.d.ts`], project);
  write(dist, MAIN, mainTypes);

  const outside = `${dirname(compiled)}/build-others`;
  rmSync(outside, { recursive: true, force: true });
  cpSync(compiled, outside, { recursive: true, filter: (path) => !path.endsWith('.js') });
  // As a package of its own, so that the roll-up leaves its imports alone.
  const installed = `${outside}/node_modules/${PACKAGE}`;
  mkdirSync(installed, { recursive: true });
  writeFileSync(`${installed}/package.json`, '{ "type": "module", "types": "index.d.ts" }');
  writeFileSync(`${installed}/index.d.ts`, mainTypes);
  importFromPackage(outside, `${outside}/${main}.d.ts`, Object.values(others));
  const files = Object.values(others).map((file) => `${outside}/${file}.d.ts`);
  rollUp(files, `${outside}/tsconfig.json`).forEach((types, index) => {
    write(dist, Object.keys(others)[index], types.replaceAll(`'${PACKAGE}'`, `'./${MAIN}.js'`));
  });
}

/** For work in this repository: the types of the entries are those of the compiled files. */
export function referToTypes({ compiled, dist, entries }) {
  for (const [entry, file] of Object.entries(entries)) {
    for (const folder of [dist, `${dist}/cjs`]) {
      const path = relative(folder, `${compiled}/${file}.js`);
      writeFileSync(`${folder}/${entry}.d.ts`, `export * from '${path}';\n`);
    }
  }
}

const PROJECT = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    noEmit: true,
  },
  include: ['**/*.d.ts'],
};

function rollUp(files, project) {
  return generateDtsBundle(
    files.map((filePath) => ({
      filePath,
      output: { noBanner: true, exportReferencedTypes: false },
    })),
    { preferredConfigPath: project },
  );
}

function write(dist, entry, types) {
  writeFileSync(`${dist}/${entry}.d.ts`, types);
  writeFileSync(`${dist}/cjs/${entry}.d.ts`, types);
}

/** `keyof typeof TABLE` would publish the whole table; its keys are what is meant. */
function spellOutUnions(mainFile) {
  const program = createProgram([mainFile]);
  const checker = program.getTypeChecker();
  for (const symbol of exportsOf(checker, program.getSourceFile(mainFile))) {
    const [declaration] = original(checker, symbol).declarations ?? [];
    if (declaration !== undefined && ts.isTypeAliasDeclaration(declaration)) {
      const { type } = declaration;
      const file = declaration.getSourceFile();
      const keys = checker.getTypeFromTypeNode(type);
      if (
        ts.isTypeOperatorNode(type) &&
        keys.isUnion() &&
        keys.types.every((one) => one.isStringLiteral())
      ) {
        const union = keys.types.map(({ value }) => `'${value}'`).join(' | ');
        writeFileSync(
          file.fileName,
          file.text.slice(0, type.getStart(file)) + union + file.text.slice(type.end),
        );
      }
    }
  }
}

function createProgram(files) {
  const { options } = ts.convertCompilerOptionsFromJson(PROJECT.compilerOptions, '.');
  return ts.createProgram(files, options);
}

/** Everywhere, an import of something that the main entry exports becomes an import from the package. */
function importFromPackage(folder, mainFile, entryFiles) {
  const roots = [mainFile, ...entryFiles.map((file) => `${folder}/${file}.d.ts`)];
  const program = createProgram(roots);
  const checker = program.getTypeChecker();
  const published = new Map(
    exportsOf(checker, program.getSourceFile(mainFile)).map((symbol) => [
      original(checker, symbol),
      symbol.name,
    ]),
  );
  for (const file of program.getSourceFiles()) {
    if (file.fileName.startsWith(`${folder}/`) && !file.fileName.includes('/node_modules/')) {
      const text = rewriteImports(file, checker, published);
      if (text !== readFileSync(file.fileName, 'utf8')) {
        writeFileSync(file.fileName, text);
      }
    }
  }
}

function rewriteImports(file, checker, published) {
  const edits = [];
  const visit = (node) => {
    if (ts.isImportDeclaration(node) && isRelative(node.moduleSpecifier)) {
      edits.push(...splitImport(node, file, checker, published));
    } else if (ts.isImportTypeNode(node) && isRelative(node.argument.literal)) {
      const name = published.get(original(checker, checker.getSymbolAtLocation(node.qualifier)));
      if (name !== undefined) {
        const { literal } = node.argument;
        edits.push({ start: literal.getStart(file), end: literal.end, text: `'${PACKAGE}'` });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end),
      file.text,
    );
}

function splitImport(node, file, checker, published) {
  const bindings = node.importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) {
    return [];
  }
  const here = [];
  const fromPackage = [];
  for (const element of bindings.elements) {
    const name = published.get(original(checker, checker.getSymbolAtLocation(element.name)));
    (name === undefined ? here : fromPackage).push(
      name === undefined || name === element.name.text
        ? element.getText(file)
        : `${name} as ${element.name.text}`,
    );
  }
  if (fromPackage.length === 0) {
    return [];
  }
  const from = node.moduleSpecifier.getText(file);
  const text = [
    `import { ${fromPackage.join(', ')} } from '${PACKAGE}';`,
    ...(here.length === 0 ? [] : [`import { ${here.join(', ')} } from ${from};`]),
  ];
  return [{ start: node.getStart(file), end: node.end, text: text.join('\n') }];
}

function exportsOf(checker, file) {
  return checker.getExportsOfModule(checker.getSymbolAtLocation(file));
}

/** The declared symbol behind imports and re-exports. */
function original(checker, symbol) {
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0
    ? checker.getAliasedSymbol(symbol)
    : symbol;
}

function isRelative(specifier) {
  return specifier !== undefined && specifier.text.startsWith('.');
}
