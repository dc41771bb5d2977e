import { describe, expect, it } from 'vitest';
import { decodedBytes, withoutSeparators } from '../../../../lib/diagnosis/redact/decoded-text.js';

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

describe('what is behind the escapes of a text', () => {
  it.each([
    ['aQ', 'aQ'],
    ['é😀', bytes('é😀')],
    ['\\x51\\x7A\\xe9', 'Qz\u00e9'],
    ['\\u0051\\u00e9', `Q${bytes('é')}`],
    ['\\ud83d\\ude00\\ud83D\\uDE00', bytes('😀😀')],
    ['\\u0051\\u0052', 'QR'],
    ['\\u{51}\\u{1F600}\\u{10ffff}', bytes('Q😀\u{10ffff}')],
    ['\\121\\172', 'Qz'],
    ['%51%c3%A9', `Q${bytes('é')}`],
    ['&#81;&#128512;&#1114111;', bytes('Q😀\u{10ffff}')],
    ['&#x51;&#x1F600;', bytes('Q😀')],
    ['&amp;&lt;&gt;&quot;&apos;&LT;', '&<>"\'<'],
    ['\\n\\r\\t', '\n\r\t'],
    ['\\"\\\'\\/', '"\'/'],
    ['\\\\\\\\', '\\'],
  ])('%s', (text, decoded) => {
    expect(decodedBytes(text).text).toBe(decoded);
  });

  it.each(['%5', '\\x5', '\\u005', '\\477', '&#x;', '&foo;', '\\q', '&#1114112;', '\\u{110000}'])(
    '%s is no escape, and stays',
    (text) => {
      expect(decodedBytes(text).text).toBe(text);
    },
  );

  it.each([
    ['%2551', 'Q'],
    ['%252551', 'Q'],
    ['%25252551', '%51'],
    ['\\\\u0051', 'Q'],
    ['&amp;#81;', 'Q'],
    ['\\x25\\x35\\x31', 'Q'],
  ])('%s is resolved three times at most', (text, decoded) => {
    expect(decodedBytes(text).text).toBe(decoded);
  });

  it('knows which part of the text each of its bytes comes from', () => {
    expect(decodedBytes('aé%51b&#233;%2552c')).toEqual({
      text: `a${bytes('é')}Qb${bytes('é')}Rc`,
      starts: [0, 1, 1, 2, 5, 6, 6, 12, 17],
      ends: [1, 2, 2, 5, 6, 12, 12, 17, 18],
    });
  });

  it('is the same without separators and the 0x of hexadecimal bytes', () => {
    expect(withoutSeparators(decodedBytes('a-b c 0x5 0Xf 0y ax 0'))).toEqual({
      text: 'abc5f0yax0',
      starts: [0, 2, 4, 8, 12, 14, 15, 17, 18, 20],
      ends: [1, 3, 5, 9, 13, 15, 16, 18, 19, 21],
    });
    expect(withoutSeparators(decodedBytes('a\n_:.,;|/\\q\'"b')).text).toBe('aqb');
  });
});
