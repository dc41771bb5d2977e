/** First line of every example that needs Cohere to behave in a certain way. */
export const START_EMULATOR =
  "const emulator = await CohereEmulator.start(); // from 'nestjs-cohere/testing'";
