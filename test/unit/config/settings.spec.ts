import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { cohereEnvSchema } from '../../../lib/config/cohere-env.schema.js';
import { resolveConfiguration } from '../../../lib/config/resolve-configuration.js';
import * as table from '../../../lib/config/settings.js';

import { PAGES, tablesOf, withTables } from '../../../tools/generate-configuration-doc.mjs';
import { problemsOf, resolve, resolveAnything } from './resolving.js';
import { environment, KEY } from './working-directory.js';

const { SETTINGS } = table;
const ROWS = Object.entries<table.Setting>(SETTINGS);

describe('the settings table', () => {
  it.each(PAGES)('is what %s shows (npm run docs:configuration)', async (path) => {
    const page = readFileSync(path, 'utf8');

    expect(await withTables(page, tablesOf(table), path)).toBe(page);
  });

  it('matches the TSDoc of every option: range, default and variable', () => {
    const comments = commentsOf();

    for (const [name, { rule, variable, default: usual }] of ROWS) {
      const comment = comments.get(name) ?? '';
      const promised = [
        variable,
        usual?.toLocaleString('en'),
        rule.kind === 'integer'
          ? `${rule.min.toLocaleString('en')} to ${rule.max?.toLocaleString('en')}`
          : undefined,
      ].filter((text) => text !== undefined);
      expect(promised.filter((text) => !comment.includes(text))).toEqual([]);
    }
  });

  it('gives cohereEnvSchema every variable that fills in an option', () => {
    const known = Object.keys(cohereEnvSchema.describe()['keys']);
    const variables = ROWS.flatMap(([, { variable }]) => variable ?? []);

    expect(known.toSorted()).toEqual([...variables, 'COHERE_API_KEY_FILE'].toSorted());
  });

  it('gives the names of the options, a group once', () => {
    expect(table.OPTION_NAMES.filter((name) => name === 'startupCheck')).toHaveLength(1);
    expect(table.OPTION_NAMES).toHaveLength(ROWS.length - 4);
  });
});

describe('an option that is an object with methods', () => {
  const rateLimiter = { consume: () => Promise.resolve(), block: () => Promise.resolve() };
  const store = { mget: () => Promise.resolve([]), mset: () => Promise.resolve() };

  it('reaches the settings as the very object', async () => {
    const { settings } = await resolve({ rateLimiter, scoreCache: { store, ttlMs: 5 } });

    expect(settings.rateLimiter).toBe(rateLimiter);
    expect(settings.scoreCache?.store).toBe(store);
    expect(settings.scoreCache?.ttlMs).toBe(5);
  });

  it.each([
    [{ rateLimiter: {} }, 'rateLimiter must be a limiter of rate-limiter-flexible.'],
    [
      { rateLimiter: Object.assign(() => undefined, rateLimiter) },
      'rateLimiter must be a limiter of rate-limiter-flexible.',
    ],
    [{ rateLimiter: null }, 'rateLimiter must be a limiter of rate-limiter-flexible.'],
    [{ dispatcher: 'agent' }, 'dispatcher must be an undici Dispatcher.'],
    [{ scoreCache: store }, 'CohereModule has no option "mget" in scoreCache.'],
    [{ scoreCache: 5 }, 'scoreCache must be an object of store, ttlMs.'],
    [{ scoreCache: { ttlMs: 5 } }, 'scoreCache.store must be a Cache of cache-manager.'],
    [{ scoreCache: { store } }, 'scoreCache.ttlMs must be a whole number from 1 to 31536000000.'],
  ])('%j is named by a title of its own', async (options, title) => {
    const problems = await problemsOf(resolveAnything(options));

    expect(problems.map((problem) => problem.title)).toContain(title);
  });
});

describe('a wrong setting next to the options', () => {
  it.each([
    [{ name: 5 }, 'name must be a non-blank string on one line.'],
    [{ isGlobal: 'yes' }, 'isGlobal must be true or false.'],
    [{ client: 1 }, 'client must be true or false.'],
    [{ filter: 5 }, 'filter must be true, false or { statusFor, expose }.'],
  ])('fails the boot like a wrong option: %j', async (extras, title) => {
    const problems = await problemsOf(
      resolveConfiguration({}, environment({ COHERE_API_KEY: KEY }), extras),
    );

    expect(problems.map((problem) => problem.title)).toEqual([title]);
  });
});

describe('a correct setting next to the options', () => {
  it.each([
    { filter: true },
    { filter: false },
    { filter: {} },
    { filter: { statusFor: () => 500 } },
    { filter: { expose: 'full' } },
    { filter: { expose: 'code', statusFor: undefined } },
    { name: 'größe', isGlobal: true, client: false },
  ])('is accepted without a notice: %j', async (extras) => {
    const place = environment({ COHERE_API_KEY: KEY });

    expect((await resolveConfiguration({}, place, extras)).notices).toEqual([]);
  });
});

const INTERFACES: Readonly<Record<string, string>> = {
  CohereModuleOptions: '',
  StartupCheckOptions: 'startupCheck.',
  ScoreCacheOptions: 'scoreCache.',
};

/** The comment above each option. */
function commentsOf(): ReadonlyMap<string, string> {
  const sources = ['settings', 'shared-stores'].map((name) => {
    const path = fileURLToPath(new URL(`../../../lib/config/${name}.ts`, import.meta.url));
    return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  });
  return new Map(
    sources.flatMap((source) =>
      source.statements.filter(ts.isInterfaceDeclaration).flatMap((declaration) => {
        const prefix = INTERFACES[declaration.name.text] ?? `${declaration.name.text}.`;
        return declaration.members.map((member): [string, string] => [
          `${prefix}${member.name?.getText(source) ?? ''}`,
          source.text.slice(member.pos, member.getStart(source)),
        ]);
      }),
    ),
  );
}
