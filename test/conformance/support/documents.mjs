export const QUERY = 'What is the capital of France?';

export const DOCUMENTS = [
  'Bread is baked from flour and water.',
  'Paris is the capital of France.',
  'A capital letter begins a sentence.',
];

/** The order in which the emulator places them. */
export const ORDER = [1, 2, 0];
