/** What every contender is asked to do. `warmUp` and `calls` count requests. */
export const WORKLOADS = [
  {
    id: '10x200-sequential',
    documents: 10,
    characters: 200,
    concurrency: 1,
    warmUp: 300,
    calls: 1_500,
  },
  {
    id: '10x200-concurrent',
    documents: 10,
    characters: 200,
    concurrency: 32,
    warmUp: 2_000,
    calls: 5_000,
  },
  {
    id: '1000x2k-sequential',
    documents: 1_000,
    characters: 2_000,
    concurrency: 1,
    warmUp: 15,
    calls: 80,
  },
  {
    id: '1000x2k-concurrent',
    documents: 1_000,
    characters: 2_000,
    concurrency: 32,
    warmUp: 48,
    calls: 192,
  },
];

export const QUERY = 'How do I change the delivery address of an order that is already paid?';

const WORDS =
  'order parcel address payment invoice customer account delivery change refund window support item before after shipped'.split(
    ' ',
  );

/** Plain ASCII prose, one byte a character, each document different; the same in every process. */
export function createDocuments(count, characters) {
  let state = 1;
  const nextWord = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return WORDS[(state >>> 16) % WORDS.length];
  };
  return Array.from({ length: count }, (_, index) => {
    let text = `Article ${String(index).padStart(6, '0')}:`;
    while (text.length < characters) {
      text += ` ${nextWord()}`;
    }
    // Through a buffer: a string built by appending is a tree that the first reader has to flatten.
    return Buffer.from(text.slice(0, characters)).toString();
  });
}
