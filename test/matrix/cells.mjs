import { BUNDLERS } from './bundlers.mjs';

/**
 * Every kind of app the package is promised to work in.
 *
 * - `nest`: the major that is installed; `type`: of the app's own package.json
 * - `build`: how its TypeScript becomes what runs; `bundler`: makes one file of it and of a library in the other
 *   module format; `unit`: what runs its unit test
 * - `node`: majors it runs on; 20 is the one that runs this program
 */
export const CELLS = [
  {
    name: 'Nest 11, CommonJS, @nestjs/config 4, Jest',
    nest: 11,
    type: 'commonjs',
    build: 'tsc',
    unit: 'ts-jest',
    node: [20, 22, 24],
    more: ['health', 'recipes', 'command-line'],
  },
  {
    name: 'Nest 11, CommonJS, swc',
    nest: 11,
    type: 'commonjs',
    build: 'swc',
    unit: 'swc-jest',
    node: [20],
  },
  {
    name: 'Nest 12, ESM, Vitest',
    nest: 12,
    type: 'module',
    build: 'tsc',
    unit: 'vitest',
    node: [20, 22, 24],
    more: ['health', 'recipes', 'command-line'],
  },
  {
    name: 'Nest 12, CommonJS',
    nest: 12,
    type: 'commonjs',
    build: 'tsc',
    unit: 'script',
    node: [20, 22, 24],
  },
  // One file that holds one copy of this package, although it is both imported and required.
  ...BUNDLERS.flatMap((bundler) => [
    {
      name: `Nest 12, ESM with a library in CommonJS, one file by ${bundler}`,
      nest: 12,
      type: 'module',
      build: 'tsc',
      bundler,
      unit: 'script',
      node: [20],
    },
    {
      name: `Nest 11, CommonJS with a library in ESM, one file by ${bundler}`,
      nest: 11,
      type: 'commonjs',
      build: 'tsc',
      bundler,
      unit: 'script',
      node: [20],
    },
  ]),
  {
    name: 'Nest 12, ESM, pnpm without hoisting',
    nest: 12,
    type: 'module',
    build: 'tsc',
    installer: 'pnpm',
    unit: 'script',
    node: [20],
  },
  {
    name: 'Nest 12, ESM, Deno',
    nest: 12,
    type: 'module',
    build: 'tsc',
    unit: 'script',
    node: ['deno'],
  },
];

/** Majors of the peers that real apps still have: `npm install nestjs-cohere` must not end in ERESOLVE beside them. */
export const PEER_CELLS = [
  {
    nest: 11,
    joi: '17.13.0',
    'cohere-ai': '7.7.0',
    client: 'is missing in this SDK',
    'rate-limiter-flexible': '5',
    'cache-manager': '6',
  },
  {
    nest: 11,
    joi: '18',
    'cohere-ai': '7.20.0',
    'rate-limiter-flexible': '6',
    'cache-manager': '7',
  },
  { nest: 11, joi: '17', 'cohere-ai': '8', 'rate-limiter-flexible': '7', 'cache-manager': '6' },
  { nest: 12, joi: '17', 'cohere-ai': '7', 'rate-limiter-flexible': '7', 'cache-manager': '6' },
].map(({ nest, client, ...peers }) => ({
  name: `Nest ${nest} beside ${Object.entries(peers)
    .map((peer) => peer.join(' '))
    .join(', ')}`,
  nest,
  peers,
  client,
}));

/** Bun has a stub in the place of undici: the boot says so, and what needs no undici runs. */
export const BUN_CELL = {
  name: 'Nest 12, ESM, Bun',
  nest: 12,
  type: 'module',
  build: 'tsc',
  unit: 'script',
};

/** One repository of npm workspaces, with an app of each major. */
export const WORKSPACES_CELL = { name: 'npm workspaces with Nest 11 and Nest 12' };

/** What `nest new` generates, after `nest add nestjs-cohere`. */
export const GENERATED_CELLS = [
  { name: 'nest new and nest add, Nest 11', nest: 11 },
  { name: 'nest new and nest add, Nest 12', nest: 12 },
].map((cell) => ({ ...cell, generated: true }));

const ESM = ['node16-esm', 'bundler'];
const COMMONJS = ['node16-cjs', 'nodenext-cjs'];

// TypeScript 7 has no node10. Nest 12 is ESM only: `nodenext` lets CommonJS import it since TypeScript 5.8, `node16`
// since 6, and before that no such app compiles, with or without this package.
const RESOLUTIONS = {
  11: {
    5.4: ['node10', ...COMMONJS, ...ESM],
    5.9: ['node10', ...COMMONJS, ...ESM],
    '6.0': ['node10', ...COMMONJS, ...ESM],
    '7.0': [...COMMONJS, ...ESM],
  },
  12: {
    5.4: ['node10', ...ESM],
    5.9: ['node10', 'nodenext-cjs', ...ESM],
    '6.0': ['node10', ...COMMONJS, ...ESM],
    '7.0': [...COMMONJS, ...ESM],
  },
};

/** Compilers and resolutions that read the published types, without skipLibCheck and without esModuleInterop. */
export const TYPE_CELLS = Object.entries(RESOLUTIONS).flatMap(([nest, compilers]) =>
  Object.entries(compilers).map(([typescript, resolutions]) => ({
    name: `Types: TypeScript ${typescript}, Nest ${nest}`,
    typescript,
    nest: Number(nest),
    resolutions,
  })),
);

/** `dispatcher: new Agent()` of every major of undici, and the oldest Node that runs it. */
export const DISPATCHER_CELL = {
  name: 'A dispatcher of undici 6, 7 or 8',
  typescript: ['5.4', '5.9', '6.0', '7.0'],
  node: { 6: 20, 7: 20, 8: 24 },
};
