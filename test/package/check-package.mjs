// npm run check:package, after npm run build: what is published, compared with what was agreed.
// npm run check:package -- --update writes the agreed types anew; look at the difference before committing it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const MAX_FILES = 60;
const MAX_PACKED_BYTES = 400_000;
const ENTRIES = ['index', 'terminus', 'testing'];
/** The types of the entries, and what several of them share. */
const TYPES = [...ENTRIES, 'types'];

/** Everything that may be in the tarball; chunks have no fixed names. */
const ALLOWED = [
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/(?:cjs\/)?[a-z0-9.-]+\.js$/,
  /^dist\/(?:cjs\/)?(?:index|terminus|testing|types)\.d\.ts$/,
  /^dist\/cjs\/package\.json$/,
  /^dist\/schematics\/[a-z/-]+\.(?:json|cjs)$/,
];

/** Types that no entry exports, and that may yet be published: parts of exported ones. */
const UNEXPORTED = new Set([
  'ConfigurableModuleClass',
  'OPTIONS_TYPE',
  'ASYNC_OPTIONS_TYPE',
  'ErrorAnswer',
  'OfflineSettings',
]);

const root = fileURLToPath(new URL('../..', import.meta.url));
const update = process.argv.includes('--update');
const problems = [
  ...checkTarball(),
  ...checkExports(),
  ...TYPES.flatMap((file) => checkTypes(file)),
];
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

/** Every type that is published is exported by an entry, so that an app can name it. */
function checkExports() {
  const exported = new Set(
    ENTRIES.flatMap((entry) =>
      statementsOf(entry)
        .filter((statement) => ts.isExportDeclaration(statement))
        .flatMap(({ exportClause }) => exportClause.elements.map(({ name }) => name.text)),
    ),
  );
  return TYPES.flatMap((file) =>
    statementsOf(file)
      .flatMap((statement) => declaredNames(statement))
      .filter((name) => !exported.has(name) && !UNEXPORTED.has(name))
      .map((name) => `${name}, which no entry exports, has reached dist/${file}.d.ts`),
  );
}

function statementsOf(file) {
  const types = read(`dist/${file}.d.ts`);
  return ts.createSourceFile('types.d.ts', types, ts.ScriptTarget.Latest).statements;
}

function declaredNames(statement) {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.text);
  }
  return ts.canHaveModifiers(statement) && statement.name !== undefined
    ? [statement.name.text]
    : [];
}

function checkTypes(file) {
  const types = read(`dist/${file}.d.ts`);
  const agreed = `test/package/api/${file}.d.ts`;
  if (update) {
    mkdirSync(`${root}test/package/api`, { recursive: true });
    writeFileSync(`${root}${agreed}`, types);
  }
  return [
    ...(types === read(`dist/cjs/${file}.d.ts`)
      ? []
      : [`the types of ${file} differ for CommonJS`]),
    ...(types === read(agreed)
      ? []
      : [
          `the public types of ${file} have changed: ${firstDifference(read(agreed), types)}\n` +
            `  If that is meant, run npm run check:package -- --update and commit ${agreed}.`,
        ]),
  ];
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
