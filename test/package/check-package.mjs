// npm run check:package, after npm run build: what is published, compared with what was agreed.
// npm run check:package -- --update writes the agreed types anew; look at the difference before committing it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const MAX_FILES = 60;
const MAX_PACKED_BYTES = 200_000;
const ENTRIES = ['index', 'terminus', 'testing'];

/** Everything that may be in the tarball; chunks have no fixed names. */
const ALLOWED = [
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/(?:cjs\/)?[a-z0-9-]+\.js$/,
  /^dist\/(?:cjs\/)?(?:index|terminus|testing)\.d\.ts$/,
  /^dist\/cjs\/package\.json$/,
  /^dist\/schematics\/[a-z/-]+\.(?:json|cjs)$/,
];

/** Types that are not exported, and may yet stand in a .d.ts: parts of exported ones. */
const UNEXPORTED = {
  index: ['ConfigurableModuleClass', 'ErrorAnswer'],
  terminus: [],
  testing: ['OfflineSettings'],
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const update = process.argv.includes('--update');
const problems = [...checkTarball(), ...ENTRIES.flatMap((entry) => checkTypes(entry))];
for (const problem of problems) {
  console.error(`package: ${problem}`);
}
process.exitCode = problems.length === 0 ? 0 : 1;

function checkTarball() {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files, size }] = JSON.parse(packed);
  console.log(`package: ${files.length} files, ${(size / 1_000).toFixed(1)} kB packed`);
  return [
    ...files
      .filter(({ path }) => !ALLOWED.some((pattern) => pattern.test(path)))
      .map(({ path }) => `${path} is packed, and no rule in check-package.mjs allows it`),
    ...files
      .filter(({ path }) => path.endsWith('.js') && /[^\0-\x7f]/.test(read(path)))
      .map(({ path }) => `${path} holds more than ASCII, which V8 keeps in twice the memory`),
    ...(files.length > MAX_FILES ? [`${files.length} files are more than ${MAX_FILES}`] : []),
    ...(size > MAX_PACKED_BYTES ? [`${size} bytes are more than ${MAX_PACKED_BYTES}`] : []),
  ];
}

function checkTypes(entry) {
  const types = read(`dist/${entry}.d.ts`);
  if (types.startsWith('export * from')) {
    return [`dist/${entry}.d.ts is that of a quick build: run npm run build first`];
  }
  const insides = unexportedNames(types).filter((name) => !UNEXPORTED[entry].includes(name));
  const agreed = `test/package/api/${entry}.d.ts`;
  if (update) {
    mkdirSync(`${root}test/package/api`, { recursive: true });
    writeFileSync(`${root}${agreed}`, types);
  }
  return [
    ...insides.map((name) => `${name}, which is not exported, has reached dist/${entry}.d.ts`),
    ...(types === read(`dist/cjs/${entry}.d.ts`)
      ? []
      : [`the types of ${entry} differ for CommonJS`]),
    ...(types === read(agreed)
      ? []
      : [
          `the public types of ${entry} have changed: ${firstDifference(read(agreed), types)}\n` +
            `  If that is meant, run npm run check:package -- --update and commit ${agreed}.`,
        ]),
  ];
}

function unexportedNames(types) {
  const file = ts.createSourceFile('types.d.ts', types, ts.ScriptTarget.Latest);
  return file.statements
    .filter((statement) => ts.canHaveModifiers(statement) && !isExported(statement))
    .flatMap((statement) => {
      if (ts.isVariableStatement(statement)) {
        return statement.declarationList.declarations.slice(0, 1).map(({ name }) => name.text);
      }
      return statement.name === undefined ? [] : [statement.name.text];
    });
}

function isExported(statement) {
  return (
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  );
}

function firstDifference(agreed, types) {
  const before = agreed.split('\n');
  const after = types.split('\n');
  const line = after.findIndex((text, index) => text !== before[index]);
  return line === -1
    ? 'lines at the end are gone'
    : `line ${line + 1}\n  - ${before[line] ?? ''}\n  + ${after[line]}`;
}

function read(path) {
  try {
    return readFileSync(`${root}${path}`, 'utf8');
  } catch {
    return '';
  }
}
