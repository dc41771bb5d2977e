import { EXIT_CODE, type CatalogueEntry } from './catalogue-entry.interface.js';
import { START_EMULATOR } from './start-emulator.js';

const SEEN_OFFLINE = {
  error: 'AuthenticationError',
  httpStatus: 401,
  retryable: false,
  exitCode: EXIT_CODE.configuration,
} as const;

const SAID_BY_COHERE = {
  error: 'AuthenticationError',
  httpStatus: 401,
  retryable: false,
  exitCode: EXIT_CODE.rejected,
} as const;

const CREATE_A_KEY = 'Create a key at https://dashboard.cohere.com/api-keys.';

export const API_KEY_ENTRIES = {
  COHERE_API_KEY_MISSING: {
    ...SEEN_OFFLINE,
    title: 'COHERE_API_KEY is not set.',
    meaning: 'No API key was found where the module looks for one, or what was found is empty.',
    causes: [
      'COHERE_API_KEY is not in the environment of this process.',
      'It stands in a .env file that nothing loads.',
      'It is set under another name, such as CO_API_KEY.',
      'It is set, but empty or blank.',
    ],
    fix: [
      'Set COHERE_API_KEY in the environment of this process, or in the .env file that ConfigModule.forRoot() loads, and start the app again.',
      CREATE_A_KEY,
      'If this deployment needs no key, pass apiKey: false to CohereModule.',
    ],
    reproduce: 'env -u COHERE_API_KEY npm start',
  },
  COHERE_API_KEY_MALFORMED: {
    ...SEEN_OFFLINE,
    title: 'COHERE_API_KEY cannot be an API key.',
    meaning: 'The value holds something no API key holds, so that every request would fail.',
    causes: [
      'Quotation marks, white space or a line break were copied along with the key.',
      'The value still holds "Bearer " or "COHERE_API_KEY=" in front of the key.',
      'An invisible character came along from a document or a chat.',
    ],
    fix: [
      'Copy the key again from https://dashboard.cohere.com/api-keys and set it alone, without anything around it.',
    ],
    reproduce: `COHERE_API_KEY='"0123456789abcdefghijABCDEFGHIJ0123456789"' npm start`,
  },
  COHERE_API_KEY_PLACEHOLDER: {
    ...SEEN_OFFLINE,
    title: 'COHERE_API_KEY still holds a placeholder.',
    meaning: 'The value is an example, or a variable that was never filled in, not a key.',
    causes: [
      'The line was copied from .env.example or from a documentation page.',
      'A template such as ${COHERE_API_KEY} was not expanded by the shell, Compose, Helm or CI.',
    ],
    fix: [
      'Replace the placeholder by a real key.',
      CREATE_A_KEY,
      'If the value comes from a template, check that the variable it names exists where the template is filled in.',
    ],
    reproduce: 'COHERE_API_KEY=your-api-key npm start',
  },
  COHERE_API_KEY_FOREIGN: {
    ...SEEN_OFFLINE,
    title: 'COHERE_API_KEY holds the key of another provider.',
    meaning: 'The value begins as the keys of another provider do; Cohere does not know it.',
    causes: ['Two variables were mixed up when the environment was written.'],
    fix: [
      'Set COHERE_API_KEY to a key of Cohere.',
      'Treat the other key as exposed if this environment should not have held it.',
      CREATE_A_KEY,
    ],
    reproduce: 'COHERE_API_KEY=hf_0123456789abcdefghijABCDEFGHIJ0123 npm start',
  },
  COHERE_API_KEY_FILE_UNREADABLE: {
    ...SEEN_OFFLINE,
    title: 'The file that should hold the API key cannot be read.',
    meaning:
      'COHERE_API_KEY_FILE, or the option apiKey: { file }, names a file that cannot be read.',
    causes: [
      'The secret is not mounted into this container.',
      'The path is wrong, or relative to another working directory.',
      'The user of this process may not read the file.',
    ],
    fix: [
      'Mount the secret, or correct the path.',
      'Give the user of this process the right to read the file.',
    ],
    reproduce: 'COHERE_API_KEY_FILE=/nowhere/key npm start',
  },
  COHERE_API_KEY_SOURCE_FAILED: {
    ...SEEN_OFFLINE,
    title: 'The function that supplies the API key failed.',
    meaning: 'The app passed a function as apiKey, and it threw, or gave no string.',
    causes: ['The secret store behind the function refused or could not be reached.'],
    fix: [
      'Make the apiKey function return the key as a string, or a promise of it.',
      'Check that this process may read the secret store the function asks.',
    ],
    reproduce: "CohereModule.forRoot({ apiKey: () => Promise.reject(new Error('no vault')) });",
  },
  COHERE_API_KEY_REJECTED: {
    ...SAID_BY_COHERE,
    title: 'Cohere rejected the API key.',
    meaning: 'Cohere answered that it does not know this key, or that it is no longer active.',
    causes: [
      'The key is mistyped or cut off.',
      'The key was revoked or deleted in the dashboard.',
      'The key belongs to another deployment than COHERE_BASE_URL names.',
    ],
    fix: [
      'Compare the key with the one in https://dashboard.cohere.com/api-keys, character for character.',
      'If it is not there any more, create a new one, set COHERE_API_KEY to it and start the app again.',
      'If COHERE_BASE_URL is set, check that the key belongs to that deployment.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.revoked });`,
  },
  COHERE_API_KEY_EXPIRED: {
    ...SAID_BY_COHERE,
    title: 'The API key has expired.',
    meaning: 'Cohere knows the key, but its time is over.',
    causes: ['The key was a trial or time-limited key.'],
    fix: [
      'Create a production key at https://dashboard.cohere.com/api-keys.',
      'Set COHERE_API_KEY to it and start the app again.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.expired });`,
  },
  COHERE_API_KEY_FORBIDDEN: {
    ...SAID_BY_COHERE,
    title: 'The API key may not use this endpoint.',
    meaning: 'Cohere knows the key, but refuses it the operation.',
    causes: [
      'The key, or the role of its owner, has no access to rerank.',
      'The model is not available to this account.',
    ],
    fix: [
      'Check in https://dashboard.cohere.com that the account and the key have access to rerank.',
      'Use a key of an account that has, and start the app again.',
    ],
    reproduce: `${START_EMULATOR}
CohereModule.forRoot({ baseUrl: emulator.url, apiKey: emulator.keys.noRerank, startupCheck: 'rerank' });`,
  },
} as const satisfies Record<string, CatalogueEntry>;
