import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../../lib/diagnosis/diagnosis.interface.js';
import { renderGithubAnnotation } from '../../../../lib/diagnosis/render/render-github-annotation.js';
import { renderJson } from '../../../../lib/diagnosis/render/render-json.js';
import { doctorCommand } from '../../../../lib/diagnosis/render/report-layout.js';
import { renderTerminationLog } from '../../../../lib/diagnosis/render/render-termination-log.js';
import { badTimeout, expiredKey, quotedKey } from '../fixtures.js';
import { renderReport, renderTerminal } from '../../../../lib/diagnosis/render/render-report.js';

const ONE = [quotedKey()];
const SAID_BY_COHERE = [expiredKey()];
const THREE = [quotedKey(), badTimeout(), expiredKey()];

function golden(name: string): string {
  return `../golden/${name}.txt`;
}

describe('the plain report', () => {
  it('of one problem is the one the design shows', async () => {
    await expect(`${renderReport(ONE)}\n`).toMatchFileSnapshot(golden('report-one-problem'));
  });

  it('of a verdict of Cohere shows the id of the request', async () => {
    await expect(`${renderReport(SAID_BY_COHERE)}\n`).toMatchFileSnapshot(
      golden('report-said-by-cohere'),
    );
  });

  it('of several problems numbers them under one heading', async () => {
    await expect(`${renderReport(THREE)}\n`).toMatchFileSnapshot(golden('report-three-problems'));
  });

  it('wraps to the width, and breaks neither a URL nor a command', async () => {
    const report = renderReport(THREE, { width: 60 });
    const tooLong = report.split('\n').filter((line) => line.length > 60);

    expect(tooLong.every((line) => /https:\/\/|npx nestjs-cohere|COHERE_/.test(line))).toBe(true);
    await expect(`${report}\n`).toMatchFileSnapshot(golden('report-three-problems-60-columns'));
  });

  it('fits any terminal of 60 to 200 columns', () => {
    for (let width = 60; width <= 200; width += 1) {
      const tooLong = renderReport(THREE, { width })
        .split('\n')
        .filter((line) => line.length > width)
        .filter((line) => !/^ *(?:Check|More) |^ *(?:\d\. )?[^ ]+$/.test(line));
      expect(tooLong).toEqual([]);
    }
  });

  it('tells the key first, whatever else is wrong', () => {
    const report = renderReport([badTimeout(), quotedKey()]);

    expect(report).toMatch(/ 1\. COHERE_API_KEY_MALFORMED .* 2\. COHERE_CONFIG_INVALID /s);
  });

  it('names the instance, and the doctor for its variable', async () => {
    const options = { instance: 'eu', checkCommand: doctorCommand('COHERE_EU_API_KEY') };

    await expect(`${renderReport(ONE, options)}\n`).toMatchFileSnapshot(golden('report-of-eu'));
    expect(renderReport(THREE, options)).toContain('configuration of CohereModule "eu".');
    expect(renderReport(THREE, options)).toContain('doctor --env COHERE_EU_API_KEY');
    expect(doctorCommand('COHERE_API_KEY')).toBe('npx nestjs-cohere doctor');
  });

  it('lets nothing in a name or value act on a terminal or on GitHub Actions', () => {
    const hostile = 'a\u202eb\u2066c\u061cd\u200b \u001b[31mred\u0007 ::error::x ##[error]y';
    const text = renderReport(
      [{ ...badTimeout(), title: hostile, detail: hostile, fix: [hostile], key: hostile }],
      { width: 60, instance: hostile },
    );

    expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(text).not.toMatch(/^\s*::|##\[/m);
  });

  it('stays readable where the width is absurd', () => {
    expect(renderReport(ONE, { width: -5 })).toBe(renderReport(ONE, { width: 40 }));
  });

  it('ends no line with a blank, and holds no tab or control character', () => {
    expect(renderReport(THREE, { width: 60 })).not.toMatch(/[ \t]$|[^\P{Cc}\n]/mu);
  });

  it('keeps a line break of a detail out of the layout', () => {
    const report = renderReport([{ ...badTimeout(), detail: 'two\n  lines' }]);

    expect(report).toContain('  Found   two lines\n');
  });

  it('of nothing is nothing', () => {
    expect(renderReport([])).toBe('');
  });
});

describe('the terminal', () => {
  it('shows colours', async () => {
    const text = renderTerminal(ONE, { color: true, width: 80, unicode: true });

    await expect(`${text.replaceAll('\u001b', '␛')}\n`).toMatchFileSnapshot(
      golden('terminal-color'),
    );
  });

  it('shows the plain report where there is no colour', () => {
    expect(renderTerminal(THREE, { color: false, width: 100, unicode: true })).toBe(
      renderReport(THREE),
    );
  });

  it('is wrapped to its width, and paints what is within the blanks of a line', () => {
    const options = { instance: 'eu', checkCommand: doctorCommand('EU_KEY') };
    const text = renderTerminal(
      THREE,
      { color: true, width: 60, unicode: true },
      options,
    ).replaceAll('\u001b', '␛');

    expect(text.replace(/␛\[[0-9;]*m/g, '')).toBe(renderReport(THREE, { width: 60, ...options }));
    expect(text).not.toMatch(/␛\[0?m␛|m +␛\[0m|␛\[m/);
    expect(text).toContain('␛[36mnpx nestjs-cohere doctor --env EU_KEY␛[0m');
  });

  it('spells the key and the steps in ASCII too', () => {
    const diagnosis = { ...quotedKey(), title: 'té', detail: 'dé', key: 'ké', fix: ['fé'] };
    const text = renderTerminal([diagnosis], { color: false, width: 80, unicode: false });

    expect(text).toMatch(/t<U\+00E9>[^]*f<U\+00E9>[^]*k<U\+00E9>[^]*d<U\+00E9>/);
    expect(text).not.toContain('é');
  });

  it('shows ASCII only where the locale is not UTF-8', async () => {
    const text = renderTerminal([badTimeout()], { color: false, width: 80, unicode: false });

    expect(text).toMatch(/^[\u0020-\u007e\n]*$/);
    await expect(`${text}\n`).toMatchFileSnapshot(golden('terminal-ascii'));
  });
});

describe('the JSON line', () => {
  it('is one line with every field of every problem that an operator reads', async () => {
    const line = renderJson(THREE);
    const problems = [quotedKey(), expiredKey(), badTimeout()].map(
      ({ clientTitle: _title, clientFix: _fix, ...problem }) => problem,
    );

    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      name: 'nestjs-cohere',
      problems: JSON.parse(JSON.stringify(problems)),
    });
    await expect(`${line}\n`).toMatchFileSnapshot(golden('json-three-problems'));
  });

  it('names the instance and the doctor for it, and holds nothing raw that a terminal acts on', () => {
    const hostile = { ...badTimeout(), detail: 'a\u202e\u2028\u200bb\u{e0001}' };
    const line = renderJson([hostile], { instance: 'eu', checkCommand: doctorCommand('EU_KEY') });

    expect(line).not.toMatch(/\p{C}|\u2028/u);
    expect(JSON.parse(line)).toMatchObject({
      instance: 'eu',
      check: 'npx nestjs-cohere doctor --env EU_KEY',
      problems: [{ detail: hostile.detail }],
    });
  });

  it('of the doctor does not send to the doctor, and that of nothing is empty', () => {
    expect(JSON.parse(renderJson(ONE))).toMatchObject({ check: 'npx nestjs-cohere doctor' });
    expect(JSON.parse(renderJson(ONE, { checkCommand: false }))).not.toHaveProperty('check');
    expect(JSON.parse(renderJson([]))).toEqual({
      level: 'error',
      name: 'nestjs-cohere',
      check: 'npx nestjs-cohere doctor',
      problems: [],
    });
  });

  it('is headed by the problem itself where there is one', () => {
    expect(JSON.parse(renderJson(SAID_BY_COHERE))).toMatchObject({
      code: 'COHERE_API_KEY_EXPIRED',
      message: 'The API key has expired.',
      exitCode: 77,
    });
  });
});

describe('the termination log of Kubernetes', () => {
  it('begins with every problem in one line', async () => {
    await expect(`${renderTerminationLog(THREE).trimEnd()}\n`).toMatchFileSnapshot(
      golden('termination-log-three-problems'),
    );
  });

  it('and the annotation of GitHub Actions name the instance', () => {
    expect(renderTerminationLog(ONE, { instance: 'eu' })).toContain(
      '\nModule: CohereModule "eu"\n',
    );
    expect(renderGithubAnnotation(ONE, { instance: 'eu' })).toContain('CohereModule "eu"');
  });

  it('of one problem has no number, and ends with the id of the request', () => {
    const { requestId } = expiredKey().upstream ?? {};
    const log = renderTerminationLog(SAID_BY_COHERE);

    expect(log).toMatch(/^COHERE_API_KEY_EXPIRED {2}The API key has expired\.\nFix: Create/);
    expect(log).toContain(`\nRequest: ${requestId}\n`);
    expect(renderTerminationLog([{ ...quotedKey(), upstream: {} }])).not.toContain('Request');
  });

  it('is whole where it fits exactly', () => {
    const bare = { ...badTimeout(), detail: '' };
    const room = 4_096 - Buffer.byteLength(renderTerminationLog([bare]));
    const full = renderTerminationLog([{ ...bare, detail: 'x'.repeat(room) }]);

    expect(Buffer.byteLength(full)).toBe(4_096);
    expect(full).toMatch(/xx\n$/);
    expect(renderTerminationLog([{ ...bare, detail: 'x'.repeat(room + 1) }])).toMatch(/x…\n$/);
  });

  it('is cut at a character after 4096 bytes, and keeps every headline', () => {
    const long: Diagnosis = { ...badTimeout(), detail: '😀é'.repeat(1_000) };
    const log = renderTerminationLog([long, quotedKey()]);

    expect(Buffer.byteLength(log)).toBeLessThanOrEqual(4_096);
    expect(Buffer.byteLength(log)).toBeGreaterThan(4_096 - 8);
    expect(log).toContain(quotedKey().title);
    expect(log).toMatch(/[😀é]…\n$/u);
    expect(log).not.toContain('\uFFFD');
  });
});

describe('the annotation of GitHub Actions', () => {
  it('is one workflow command per problem', async () => {
    await expect(`${renderGithubAnnotation(THREE)}\n`).toMatchFileSnapshot(
      golden('github-annotation-three-problems'),
    );
  });

  it('has a line for what there is, and none for what there is not', () => {
    const bare = { ...quotedKey(), key: undefined, detail: '', fix: ['one', 'two'] };
    const id = expiredKey().upstream?.requestId;

    expect(renderGithubAnnotation([bare])).toMatch(/::1\. one%0A2\. two$/);
    expect(renderGithubAnnotation([{ ...bare, upstream: {} }])).toMatch(/two$/);
    expect(renderGithubAnnotation([{ ...bare, upstream: { requestId: id } }])).toMatch(
      /two%0ARequest 5f6d\w+$/,
    );
    expect(renderGithubAnnotation([bare], { instance: 'eu' })).toMatch(
      /two%0AModule CohereModule "eu"$/,
    );
  });

  it('escapes what would end or forge a command', () => {
    const forged = {
      ...quotedKey(),
      key: undefined,
      title: 'a,b:c%\r\n::set-env',
      detail: '100%\n::error::x',
    };
    const annotation = renderGithubAnnotation([{ ...forged, fix: ['step'] }]);

    expect(annotation).toBe(
      '::error title=COHERE_API_KEY_MALFORMED a%2Cb%3Ac%25 %3A %3Aset-env::1. step%0A100%25 : :error::x',
    );
  });
});
