import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './execute.mjs';
import { install, installNest } from './install-nest.mjs';

const SOURCES = fileURLToPath(new URL('./types/', import.meta.url));

const RESOLUTIONS = {
  node10: { type: 'commonjs', module: 'commonjs', moduleResolution: 'node10' },
  'node16-cjs': { type: 'commonjs', module: 'node16', moduleResolution: 'node16' },
  'node16-esm': { type: 'module', module: 'node16', moduleResolution: 'node16' },
  'nodenext-cjs': { type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { type: 'module', module: 'esnext', moduleResolution: 'bundler' },
};

/** The published types, read by one compiler in one resolution: neither the app's file nor ours may have an error. */
export async function typesAreClean({
  typescript,
  nest,
  resolution,
  source = 'consumer.ts',
  skipLibCheck = false,
}) {
  const nestFolder = installNest(nest);
  const compilers = installCompilers();
  const { type, ...how } = RESOLUTIONS[resolution];
  const folder = join(nestFolder, 'types', `${typescript}-${resolution}-${source}-${skipLibCheck}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(SOURCES, source), join(folder, source));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify(tsconfig(typescript, { ...how, skipLibCheck }, source)),
  );
  const tsc = join(compilers, `node_modules/typescript-${typescript}/bin/tsc`);
  const { code, output } = await execute([process.execPath, tsc, '-p', '.', '--pretty', 'false'], {
    cwd: folder,
  });
  // Other packages' types have errors of their own in some of these.
  const ours = output
    .split('\n')
    .filter((line) => /^(?:consumer\.ts|dispatcher\.ts|[^ ]*nestjs-cohere\/|error )/.test(line));
  const compiled = code === 0 || /error TS/.test(output);
  if (ours.length > 0 || !compiled) {
    throw new Error(ours.length > 0 ? ours.join('\n') : output);
  }
}

function installCompilers() {
  const versions = ['5.4', '5.9', '6.0', '7.0'];
  return install(
    'typescript',
    Object.fromEntries(
      versions.map((version) => [`typescript-${version}`, `npm:typescript@~${version}.0`]),
    ),
  );
}

function tsconfig(typescript, how, source) {
  const deprecated = how.moduleResolution === 'node10' && typescript === '6.0';
  return {
    compilerOptions: {
      ...how,
      ...(deprecated ? { ignoreDeprecations: '6.0' } : {}),
      target: 'es2022',
      lib: ['es2022', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      experimentalDecorators: true,
      esModuleInterop: false,
      noEmit: true,
    },
    files: [source],
  };
}
