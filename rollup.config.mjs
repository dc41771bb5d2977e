// The published types: those of each entry, and types.d.ts with what several entries share, so that a class has one
// declaration. The files of ESM and of CommonJS are the same.
import { dts } from 'rollup-plugin-dts';
import { ENTRIES } from './rolldown.config.mjs';

const output = (dir) => ({
  dir,
  entryFileNames: '[name].d.ts',
  chunkFileNames: 'types.d.ts',
  minifyInternalExports: false,
});

export default {
  input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, `${file}.d.ts`])),
  external: /^[^./]/,
  plugins: [dts()],
  output: [output('dist'), output('dist/cjs')],
};
