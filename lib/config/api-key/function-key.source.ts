import { EXIT_CODE } from '../../diagnosis/catalogue.js';
import { diagnoseNetworkCode } from '../../diagnosis/classify-network-failure.js';
import { createDiagnosis } from '../../diagnosis/create-diagnosis.js';
import { describeType, looksLikeSecret } from '../describe-value.js';
import type { FetchedValue, RawKeySource } from './api-key-source.interface.js';

const NAME = 'the apiKey function';

/** Reads the key from a function of the app, called once per read. Changes of the key are not visible. */
export function functionKeySource(supply: () => unknown): RawKeySource {
  return {
    name: NAME,
    fetchValue: async (): Promise<FetchedValue> => {
      try {
        const value = await supply();
        return typeof value === 'string'
          ? { value }
          : {
              problem: createDiagnosis('COHERE_API_KEY_SOURCE_FAILED', {
                detail: `${NAME} returned ${describeType(value)} instead of a string`,
              }),
            };
      } catch (error) {
        return { problem: failed(error) };
      }
    },
    findOrigin: () => Promise.resolve({ text: NAME }),
    mayHaveChanged: () => Promise.resolve(false),
    isOpaque: true,
  };
}

/** A secret store that cannot be reached is not a configuration mistake: a restart may help. */
function failed(error: unknown) {
  const isNetwork = diagnoseNetworkCode(error, undefined) !== undefined;
  const detail = `${NAME} threw ${describeThrown(error)}`;
  return isNetwork
    ? createDiagnosis('COHERE_API_KEY_SOURCE_FAILED', {
        title: 'The source of the API key could not be reached.',
        detail,
        fix: [
          'Check that this process can reach the secret store that the apiKey function asks.',
          'Start the app again once the store is available.',
        ],
        retryable: true,
        exitCode: EXIT_CODE.unavailable,
      })
    : createDiagnosis('COHERE_API_KEY_SOURCE_FAILED', { detail });
}

/** Returns only class and system code: the message of a secret store may contain the secret. */
function describeThrown(error: unknown): string {
  if (!(error instanceof Error)) {
    return `something that is not an Error (${describeType(error)})`;
  }
  const name = safeWord(error.name, /^[A-Z]\w{0,39}$/i) ?? 'an error';
  const code = 'code' in error ? safeWord(error.code, /^[A-Z][A-Z0-9_]{0,31}$/) : undefined;
  const message = 'its message is not shown because it may contain the secret';
  return code === undefined ? `${name} (${message})` : `${name}, code ${code} (${message})`;
}

function safeWord(value: unknown, shape: RegExp): string | undefined {
  return typeof value === 'string' && shape.test(value) && !looksLikeSecret(value)
    ? value
    : undefined;
}
