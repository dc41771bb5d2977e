import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../lib/testing/index.ts', import.meta.url));

it('every export of the testing entry, and every member, has a doc comment', () => {
  const program = ts.createProgram([ENTRY], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    experimentalDecorators: true,
    // Only comments are read here, so no types need to be loaded.
    noLib: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(ENTRY);
  const entry = source && checker.getSymbolAtLocation(source);
  const exported = entry === undefined ? [] : checker.getExportsOfModule(entry);
  expect(exported.length).toBeGreaterThan(20);
  expect(exported.flatMap((symbol) => undocumented(symbol, checker))).toEqual([]);
});

function undocumented(exported: ts.Symbol, checker: ts.TypeChecker): string[] {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const isPublic = symbol.getJsDocTags(checker).some(({ name }) => name === 'publicApi');
  const members = [...(symbol.members?.values() ?? []), ...statics(symbol)];
  return [
    ...(isDocumented(symbol, checker) ? [] : [symbol.name]),
    ...(isPublic ? [] : [`${symbol.name} (@publicApi)`]),
    ...members
      .filter((member) => isPublicMember(member) && !isDocumented(member, checker))
      .map((member) => `${symbol.name}.${member.name}`),
  ];
}

function statics({ flags, exports }: ts.Symbol): readonly ts.Symbol[] {
  return (flags & ts.SymbolFlags.Class) === 0 ? [] : [...(exports?.values() ?? [])];
}

function isDocumented(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  return symbol.getDocumentationComment(checker).length > 0;
}

/** Not `#private`, not `private`, and not what TypeScript adds; a tag such as `kind` says itself what it is. */
function isPublicMember({ name, declarations }: ts.Symbol): boolean {
  const [declaration] = declarations ?? [];
  return (
    declaration !== undefined &&
    !name.startsWith('__') &&
    !name.startsWith('#') &&
    !['prototype', 'kind'].includes(name) &&
    (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) === 0
  );
}
