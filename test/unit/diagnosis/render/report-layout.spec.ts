import { describe, expect, it } from 'vitest';
import {
  describeFound,
  describeModule,
  doctorCommand,
  inReportOrder,
  printable,
  summarise,
  wrap,
} from '../../../../lib/diagnosis/render/report-layout.js';
import { renderReport, toAscii } from '../../../../lib/diagnosis/render/render-report.js';
import { badTimeout, expiredKey, quotedKey } from '../fixtures.js';

const THREE = [quotedKey(), badTimeout(), expiredKey()];

describe('lines of a width', () => {
  it.each<[string, number, string[]]>([
    ['aa bb', 5, ['aa bb']],
    ['aa bb', 4, ['aa', 'bb']],
    ['a bb ccc', 4, ['a bb', 'ccc']],
    ['a bb ccc', 1, ['a', 'bb', 'ccc']],
    ['https://long.example b', 4, ['https://long.example', 'b']],
    ['  a \n\t b ', 9, ['a b']],
    ['', 9, ['']],
  ])('%j in %i', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});

describe('a report', () => {
  it('of the doctor does not send to the doctor', () => {
    const one = renderReport([quotedKey()], { checkCommand: false });
    const three = renderReport(THREE, { checkCommand: false });

    expect(`${one}${three}`).not.toMatch(/Check {2}/);
    expect(one).toMatch(/sha256:1f3a9c02\n {2}More {4}npx nestjs-cohere explain \w+$/);
    expect(three).toMatch(/\n {5}More {4}npx nestjs-cohere explain COHERE_CONFIG_INVALID$/);
  });

  it('names the doctor unless another command is given', () => {
    const checkCommand = 'npx other\u001b[31m check';

    expect(renderReport([quotedKey()])).toContain('  Check   npx nestjs-cohere doctor\n');
    expect(renderReport([quotedKey()], { checkCommand })).toContain('  Check   npx other check\n');
    expect(doctorCommand()).toBe('npx nestjs-cohere doctor');
    expect(doctorCommand('EU_KEY')).toBe('npx nestjs-cohere doctor --env EU_KEY');
  });

  it.each([30, 40, 50, 52, 70])(
    'of %i columns is, word for word, the one in its golden file',
    async (width) => {
      const text = [[quotedKey()], [expiredKey()], THREE]
        .map((found) => renderReport(found, { width, instance: 'eu' }))
        .join('\n\n');

      await expect(`${text}\n`).toMatchFileSnapshot(`../golden/reports-${width}-columns.txt`);
    },
  );

  it('leaves out what was not found', () => {
    const bare = { ...quotedKey(), key: undefined, detail: '', upstream: {} };

    expect(renderReport([bare])).not.toMatch(/Found|Request|undefined/);
    expect(renderReport([{ ...bare, detail: 'seen' }])).toContain('\n  Found   seen\n');
  });
});

describe('the order of a report', () => {
  it('is the key first, and otherwise as found', () => {
    const first = { ...badTimeout(), title: 'first' };
    const second = { ...badTimeout(), title: 'second' };
    const titles = inReportOrder([first, quotedKey(), second, expiredKey()]).map(
      ({ title }) => title,
    );

    expect(titles).toEqual([quotedKey().title, expiredKey().title, 'first', 'second']);
  });
});

describe('the heading of a report', () => {
  it('is the problem itself, or their number', () => {
    expect(summarise([], 'eu')).toBeUndefined();
    expect(summarise([expiredKey()], 'eu')).toEqual(expiredKey());
    expect(summarise(THREE, undefined)).toEqual({
      code: 'COHERE_CONFIG_INVALID',
      title: '3 problems in the configuration of CohereModule.',
      exitCode: 78,
    });
    expect(summarise(THREE, 'eu')?.title).toMatch(/of CohereModule "eu"\.$/);
  });

  it('names no instance that acts on a terminal', () => {
    expect(describeModule('eu\u001b[31m\n')).toBe('CohereModule "eu"');
  });
});

describe('what was found', () => {
  it.each([
    ['KEY', 'seen', 'KEY. seen'],
    ['KEY', '', 'KEY'],
    [undefined, 'seen', 'seen'],
    [undefined, '', ''],
  ])('of %s and "%s" is "%s"', (key, detail, found) => {
    expect(describeFound({ key, detail })).toBe(found);
  });

  it('is printable in every field', () => {
    const text = 'a\n\u001b[31mb';
    const diagnosis = { ...badTimeout(), title: text, detail: text, fix: [text, text], key: text };

    expect(printable(diagnosis)).toMatchObject({
      title: 'a b',
      detail: 'a b',
      fix: ['a b', 'a b'],
      key: 'a b',
    });
    expect(printable(badTimeout()).key).toBeUndefined();
  });
});

describe('ASCII', () => {
  it.each([
    ['…–—‘’“”→', `...--''""->`],
    ['é', '<U+00E9>'],
    ['😀\n', '<U+1F600><U+000A>'],
    ['a ~', 'a ~'],
  ])('for %j is %s', (text, ascii) => {
    expect(toAscii(text)).toBe(ascii);
  });
});
