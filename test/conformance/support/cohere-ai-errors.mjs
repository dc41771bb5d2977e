import assert from 'node:assert/strict';

/** Checks the errors of every version of `cohere-ai`; `rerank` makes one call. */
export function errorChecks(sdk, rerank) {
  const { Cohere, CohereError } = sdk;
  const fails = async (emulator, options, errorClass, status, message) => {
    await assert.rejects(rerank(emulator, options), (error) => {
      assert.ok(error instanceof CohereError, String(error));
      assert.ok(error instanceof errorClass, `${error.constructor.name}: ${error.message}`);
      assert.equal(error.statusCode, status);
      assert.match(JSON.stringify(error.body), message);
      return true;
    });
  };
  const table = [
    [
      '400 no documents',
      () => ({ documents: [] }),
      'BadRequestError',
      400,
      /list of documents must not be empty/,
    ],
    ['400 blank query', () => ({ query: ' ' }), 'BadRequestError', 400, /query must not be empty/],
    ['401 revoked key', key('revoked'), 'UnauthorizedError', 401, /invalid api token/],
    ['401 expired key', key('expired'), 'UnauthorizedError', 401, /Your API key has expired/],
    ['402 unpaid', key('unpaid'), undefined, 402, /payment method/],
    ['403 no permission', key('noRerank'), 'ForbiddenError', 403, /necessary permissions/],
    [
      '404 unknown model',
      () => ({ model: 'rerank-v9' }),
      'NotFoundError',
      404,
      /model 'rerank-v9' not found/,
    ],
    [
      '404 removed model',
      () => ({ model: 'rerank-english-v2.0' }),
      'NotFoundError',
      404,
      /was removed on/,
    ],
  ];
  const checks = {};
  for (const [name, options, errorClass, status, message] of table) {
    checks[name] = (emulator) =>
      fails(
        emulator,
        options(emulator),
        errorClass ? Cohere[errorClass] : CohereError,
        status,
        message,
      );
  }
  checks['429 trial key, after its retries'] = async (emulator) => {
    for (let calls = 0; calls < 10; calls += 1) {
      await rerank(emulator, { key: emulator.keys.trial });
    }
    await fails(
      emulator,
      { key: emulator.keys.trial, maxRetries: 0 },
      Cohere.TooManyRequestsError,
      429,
      /10 API calls \/ minute/,
    );
  };
  checks['503, tried again as told by Retry-After'] = async (emulator) => {
    emulator.fail({ kind: 'status', status: 503, retryAfter: 0 });
    await rerank(emulator, { maxRetries: 1 });
    assert.deepEqual(emulator.counters.byStatus, { 200: 1, 503: 1 });
  };
  checks['a reset connection'] = async (emulator) => {
    emulator.fail({ kind: 'reset' }, { times: Infinity });
    await assert.rejects(rerank(emulator, { maxRetries: 0 }), CohereError);
  };
  checks['403 HTML of an edge'] = async (emulator) => {
    emulator.fail({ kind: 'html' });
    await fails(emulator, { maxRetries: 0 }, Cohere.ForbiddenError, 403, /403 Forbidden/);
  };
  return checks;
}

function key(name) {
  return (emulator) => ({ key: emulator.keys[name] });
}
