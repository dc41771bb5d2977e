import { beforeEach, describe, expect, it } from 'vitest';
import { AuthenticationError, InvalidRequestError } from '../../../lib/diagnosis/errors.js';
import { failureOf } from '../../support/rerank-over.js';
import { emulated, type Emulated } from './support/emulated.js';

/** The service as a caller in JavaScript sees it. */
interface Untyped {
  forKey(apiKey: unknown): unknown;
  checkKey(options: unknown): Promise<unknown>;
}

let emulator: Emulated;
let service: Untyped;

beforeEach(async () => {
  emulator = await emulated();
  service = untyped(emulator.service);
});

describe('forKey', () => {
  it.each([undefined, null, '', '  ', 5, {}])(
    'answers %j as a missing key of the caller, not as a fault of the server',
    (apiKey) => {
      const error = thrownBy(() => service.forKey(apiKey));

      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({
        code: 'COHERE_API_KEY_MISSING',
        diagnosis: { httpStatus: 401, title: 'No API key was given to forKey().' },
      });
      expect(JSON.stringify(error)).not.toContain('Put the key into');
    },
  );

  it('takes a gateway key where the base URL is not Cohere’s own', () => {
    expect(() => service.forKey('sk-1234')).not.toThrow();
  });
});

describe('checkKey', () => {
  it.each(['off', 'everything', '', 5, null])(
    'refuses mode %j before any request',
    async (mode) => {
      const error = await failureOf(service.checkKey({ mode }));

      expect(error).toBeInstanceOf(InvalidRequestError);
      expect(emulator.emulator.requests).toEqual([]);
    },
  );
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function untyped(given: Untyped): Untyped {
  return given;
}
