const SPELLINGS: Readonly<Record<string, string>> = {
  '…': '...',
  '–': '-',
  '—': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '→': '->',
};

/** For terminals that would show mojibake: known signs are spelled out, others named by code point. */
export function toAscii(text: string): string {
  return text.replace(/[^\u0020-\u007e]/gu, (character) => {
    const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return SPELLINGS[character] ?? `<U+${codePoint}>`;
  });
}
