export const QUERY = 'What is the capital of France?';

export const DOCUMENTS = [
  'Bread is baked from flour and water.',
  'Paris is the capital of France.',
  'A capital letter begins a sentence.',
];

/** Where the emulator places them. */
export const ORDER = [1, 2, 0];
