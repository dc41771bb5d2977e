import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPassages } from '../../../lib/testing/emulator/ranking/best-passages.js';
import {
  rankDocuments,
  scoreWithBm25,
} from '../../../lib/testing/emulator/ranking/rank-documents.js';
import { stem, termOf, wordsOf } from '../../../lib/testing/emulator/ranking/tokenizer.js';

const order = (query: string, documents: readonly string[]) =>
  rankDocuments(documents, scoreWithBm25(query), documents.length).map(({ index }) => index);

describe('the order', () => {
  it.each([
    [
      'Japanese',
      'パスワードを忘れてログインできない',
      ['配送には三日かかります', '請求書の登録番号', 'ログインのパスワードを再設定する'],
      2,
    ],
    ['Thai', 'ฉันลืมรหัสผ่าน', ['การจัดส่งใช้เวลาสามวัน', 'วิธีตั้งรหัสผ่านใหม่เมื่อลืมรหัสผ่าน', 'ใบแจ้งหนี้และภาษี'], 1],
    ['Chinese', '我想重置我的密码', ['发票和税', '如何重置密码', '送货需要三天'], 1],
    ['Korean', '비밀번호 재설정', ['배송은 3일 걸립니다', '비밀번호 재설정 방법'], 1],
    [
      'German',
      'Rechnung stornieren',
      ['Lieferung dauert drei Tage', 'Eine Rechnung stornieren'],
      1,
    ],
    ['Russian', 'сбросить пароль', ['Доставка', 'Как сбросить пароль'], 1],
    ['Arabic', 'كلمة المرور', ['الشحن', 'نسيت كلمة المرور'], 1],
    ['full-width Latin', 'ＡＰＩ　ｋｅｙ', ['a river', 'your API key'], 1],
  ])('makes sense in %s', (_language, query, documents, first) => {
    expect(order(query, documents)[0]).toBe(first);
  });

  it('goes by what the query is about, not by how it is asked', () => {
    expect(order('how do I get a refund', ['how do I get how do I get', 'refunds'])).toEqual([
      1, 0,
    ]);
  });

  it('finds other forms of a word', () => {
    expect(order('cancelling subscriptions', ['rivers', 'cancel a subscription'])).toEqual([1, 0]);
  });

  it('weighs a title, in YAML as in plain text', () => {
    const yaml = ['title: Rivers\ntext: a refund', 'title: Refund\ntext: a river'];
    expect(order('refund', yaml)).toEqual([1, 0]);
  });
});

describe('a score', () => {
  const text = fc.string({ unit: 'grapheme' });

  it('is from 0 to 1 and the same each time, for any text', () => {
    fc.assert(
      fc.property(text, text, (query, document) => {
        const score = scoreWithBm25(query)(document, 0);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(scoreWithBm25(query)(document, 9)).toBe(score);
      }),
    );
  });

  it('is 0 without a common word, and for a query without words', () => {
    expect(scoreWithBm25('refund')('a river', 0)).toBe(0);
    expect(scoreWithBm25('?!')('a river?!', 0)).toBe(0);
  });

  it('is the same on every Node: these were taken on 20.20, 22.23 and 24.21', () => {
    const pairs = [
      ['how do I reset my password', 'Reset a forgotten password\nOpen Settings and choose Reset.'],
      ['パスワードを忘れた', 'パスワードリセットの手順'],
      ['ลืมรหัสผ่าน', 'วิธีตั้งรหัสผ่านใหม่'],
      ['Rechnung stornieren', 'Eine Rechnung können Sie jederzeit stornieren.'],
    ] as const;
    expect(pairs.map(([query, document]) => scoreWithBm25(query)(document, 0))).toEqual([
      0.93623766, 0.4149028, 0.65770174, 0.8649356,
    ]);
  });
});

describe('words', () => {
  it('are told apart in scripts with and without blanks', () => {
    expect(wordsOf('The users e-mail: a@b.c, 42!').join(' ')).toBe('the users e mail a b c 42');
    expect(wordsOf('東京都に住んでいます')).toContain('東京');
    expect(wordsOf('ฉันลืมรหัสผ่าน')).toContain('รหัส');
    expect(wordsOf('')).toEqual([]);
  });

  it('of an ASCII text are runs of letters and digits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        const plain = text.replaceAll(/'(?:s(?![a-z0-9]))?/gi, '');
        expect(wordsOf(text)).toEqual(plain.toLowerCase().match(/[a-z0-9]+/g) ?? []);
      }),
    );
  });

  it('lose apostrophes and English endings', () => {
    const text = "The user's, the users’, don’t, I'm O'SHEA'S Übergrößen";
    expect(wordsOf(text).map(termOf)).toEqual(
      ['the', 'user', 'the', 'user', 'dont', 'im', 'oshea', 'übergrößen'].map(termOf),
    );
  });

  it.each([
    ['invoice', 'invoices', 'invoicing', 'invoiced'],
    ['ship', 'ships', 'shipping', 'shipped'],
    ['reply', 'replies'],
    ['match', 'matches', 'matched'],
  ])('have one stem: %s', (...forms) => {
    expect(new Set(forms.map(stem)).size).toBe(1);
  });

  it('keep the two first letters of their stem, on which the fast path relies', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,12}$/), (word) => {
        expect(stem(word).slice(0, 2)).toBe(word.slice(0, 2));
      }),
    );
  });
});

describe('relevant spans', () => {
  it('lie within the document, in order, without overlap', () => {
    const sentence = fc.constantFrom(
      'A refund.',
      'Nothing',
      '😀 refund!',
      '返金 refund。',
      '\n',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(sentence), (sentences) => {
        const document = sentences.join(' ');
        let last = 0;
        for (const { start, end } of spans(document)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
          expect(Array.from(document).slice(start, end).join('')).toContain('refund');
        }
        expect(last).toBeLessThanOrEqual(Array.from(document).length);
      }),
    );
  });
});

function spans(document: string) {
  return bestPassages(document, scoreWithBm25('refund'), { maxSpans: 100, threshold: 0 });
}
