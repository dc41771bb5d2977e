import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bestPassages,
  rankDocuments,
  scoreByOverlap,
  termsOf,
} from '../../../lib/testing/emulator/ranking.js';

const order = (query: string, documents: readonly string[]) =>
  rankDocuments(documents, scoreByOverlap(query), documents.length).map(({ index }) => index);

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

  it('ranks by the topic of the query, not by its wording', () => {
    expect(order('how do I get a refund', ['how do I get how do I get', 'refunds'])).toEqual([
      1, 0,
    ]);
  });

  it('finds other forms of a word', () => {
    expect(order('cancelling subscriptions', ['rivers', 'cancel a subscription'])).toEqual([1, 0]);
  });
});

describe('a score', () => {
  const text = fc.string({ unit: 'grapheme' });

  it('is from 0 to 1 and the same each time, for any text', () => {
    fc.assert(
      fc.property(text, text, (query, document) => {
        const score = scoreByOverlap(query)(document, 0);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(scoreByOverlap(query)(document, 9)).toBe(score);
      }),
    );
  });

  it('is 0 without a common word, and for a query without words', () => {
    expect(scoreByOverlap('refund')('a river', 0)).toBe(0);
    expect(scoreByOverlap('?!')('a river?!', 0)).toBe(0);
  });

  it('stays the same from one version to the next', () => {
    const pairs = [
      ['how do I reset my password', 'Reset a forgotten password\nOpen Settings and choose Reset.'],
      ['パスワードを忘れた', 'パスワードリセットの手順'],
      ['ลืมรหัสผ่าน', 'วิธีตั้งรหัสผ่านใหม่'],
      ['Rechnung stornieren', 'Eine Rechnung können Sie jederzeit stornieren.'],
    ] as const;
    const scores = pairs.map(([query, document]) => scoreByOverlap(query)(document, 0));
    expect(scores.map((score) => score.toFixed(6))).toEqual([
      '0.761257',
      '0.203791',
      '0.412571',
      '0.703297',
    ]);
  });
});

describe('words', () => {
  it('are separated in scripts with and without blanks', () => {
    expect(termsOf('A MAP, e-mail: a@b.c 42!').join(' ')).toBe('a map e mail a b c 42');
    expect(termsOf('東京都に住んでいます')).toContain('東京');
    expect(termsOf('ฉันลืมรหัสผ่าน')).toContain('รหัส');
    expect(termsOf('')).toEqual([]);
  });

  it.each([
    ['invoice', 'invoices', "invoice's", 'INVOICING', 'invoiced'],
    ['subscribe', 'subscriptions'],
    ['user', 'users', 'users’'],
    ['dont', 'don’t', "don't"],
    ['übergröße', 'Übergrößen'],
  ])('are compared by their beginning: %s', (...forms) => {
    expect(new Set(forms.flatMap(termsOf)).size).toBe(1);
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
  return bestPassages(document, scoreByOverlap('refund'), { maxSpans: 100, threshold: 0 });
}
