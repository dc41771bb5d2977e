// Finds word boundaries in languages without spaces, such as Japanese and Thai.
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Returns the words of a text, in lower case. */
export function tokenize(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text.normalize('NFKC').toLowerCase())) {
    if (isWordLike === true) {
      words.push(segment);
    }
  }
  return words;
}
