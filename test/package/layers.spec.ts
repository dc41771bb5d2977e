import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const DENIED = [
  ['lib/embed/embed.service.ts', '../filter/cohere-exception.filter.js'],
  ['lib/embed/embed.service.ts', '../rerank/rerank.service.js'],
  ['lib/embed/wire/embed.ts', '../../health/index.js'],
  ['lib/embed/embed.service.ts', '../cohere.module.js'],
  ['lib/embed/embed.service.ts', '../index.js'],
  ['lib/rerank/rerank.service.ts', '../embed/embed.service.js'],
  ['lib/rerank/documents/texts.ts', '../../filter/filter.js'],
  ['lib/diagnosis/diagnose.ts', '../embed/embed.service.js'],
  ['lib/diagnosis/render/render.ts', '../../config/settings.js'],
  ['lib/diagnosis/diagnose.ts', 'joi'],
  ['lib/config/settings.ts', '../transport/call-cohere.js'],
  ['lib/config/api-key/secret.ts', '../../embed/embed.service.js'],
  ['lib/transport/call-cohere.ts', '../rerank/rerank-operation.js'],
  ['lib/transport/client/client.ts', '../../embed/embed.service.js'],
  ['lib/filter/filter.ts', '../startup/boot-report.js'],
  ['lib/filter/answers/http.ts', '../../embed/embed.service.js'],
  ['lib/cli/main.ts', '../startup/boot-report.js'],
  ['lib/testing/testing.module.ts', '../filter/filter.js'],
  ['lib/testing/emulator/server.ts', '../../diagnosis/catalogue.js'],
  ['lib/testing/emulator/server.ts', '../testing.module.js'],
  ['lib/testing/emulator/endpoints/rerank.ts', '../../../config/settings.js'],
] as const;

const ALLOWED = [
  ['lib/embed/embed.service.ts', '../transport/call-cohere.js'],
  ['lib/embed/wire/embed.ts', '../embed.interface.js'],
  ['lib/embed/wire/embed.ts', '../../config/settings.js'],
  ['lib/rerank/documents/texts.ts', '../pace.js'],
  ['lib/diagnosis/render/render.ts', '../redact/redact.js'],
  ['lib/config/api-key/lint.ts', '../settings.js'],
  ['lib/config/api-key/lint.ts', '../../diagnosis/catalogue.js'],
  ['lib/health/indicator.ts', '../rerank/rerank.service.js'],
  ['lib/cli/emulator.ts', '../testing/emulator/cohere-emulator.js'],
  ['lib/testing/emulator/keys.ts', '../../config/api-key/secret.js'],
  ['lib/testing/emulator/endpoints/rerank.ts', '../../../config/api-key/secret.js'],
  ['lib/testing/emulator/endpoints/rerank.ts', '../wire.js'],
  ['lib/cohere.module.ts', './filter/filter.js'],
] as const;

describe('the linter', () => {
  let folder = '';
  let refused: ReadonlySet<string> = new Set();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-cohere-layers-'));
    cpSync(path('.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    const cases = [...DENIED, ...ALLOWED];
    for (const [file] of cases) {
      const imports = cases.filter(([other]) => other === file);
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(
        join(folder, file),
        imports.map(([, from], index) => `export * as _${index} from '${from}';\n`).join(''),
      );
    }
    const { stdout } = spawnSync(path('node_modules/.bin/oxlint'), ['--format=unix', 'lib'], {
      cwd: folder,
      encoding: 'utf8',
    });
    refused = new Set(
      [...stdout.matchAll(/^(?:.*\/)?(lib\/[^:]+):.*'([^']+)' import is restricted/gm)].map(
        ([, file, from]) => `${file} ${from}`,
      ),
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(DENIED)('refuses that %s imports %s', (file, from) => {
    expect(refused).toContain(`${file} ${from}`);
  });

  it.each(ALLOWED)('lets %s import %s', (file, from) => {
    expect(refused).not.toContain(`${file} ${from}`);
  });
});

describe('an endpoint', () => {
  // Each room with the routes that are its own: those of the key check.
  it.each([
    ['diagnosis', []],
    ['config', []],
    ['transport', ['/v1/check-api-key', '/v1/models/']],
  ])('is not named in lib/%s', (room, own) => {
    const folder = path(`lib/${room}`);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const code = files
      .filter((name) => name.endsWith('.ts'))
      .map((name) =>
        readFileSync(join(folder, name), 'utf8').replaceAll(/^\s*(?:\/?\*|\/\/).*/gm, ''),
      );
    const paths = code.join('').match(/\/v[12]\/[a-z-]+\/?/g) ?? [];
    expect(paths).toEqual(own);
  });
});
