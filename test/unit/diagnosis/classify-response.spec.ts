import { describe, expect, it } from 'vitest';
import {
  classifyResponse,
  diagnoseInvalidKey,
  diagnoseInvalidResponse,
} from '../../../lib/diagnosis/classify-response.js';
import { CANARY, CHECK_KEY, html, json, GATEWAY, listTexts, RERANK } from './fixtures.js';
import { KEY_ROWS } from './rows/key-rows.js';
import { SERVER_ROWS } from './rows/server-rows.js';
import type { Row } from './rows/row.interface.js';
import { ROWS } from './rows/rows.js';
import { CATALOGUE } from '../../../lib/diagnosis/catalogue.js';
import { type RequestContext, titleFor } from '../../../lib/diagnosis/request-context.js';
import { RESPONSE_RULES } from '../../../lib/diagnosis/response-rules.js';

const NAMED_ROWS = ROWS.map((row): readonly [string, Row] => [
  `${row.response.status} ${row.response.body.slice(0, 60) || '(empty)'}`,
  row,
]);

/** Rows of other servers that say something certain about a key. */
const SERVER_KEYS = SERVER_ROWS.filter(({ code }) => CATALOGUE[code].aboutKey).length;

describe('a response of Cohere, or of a server in its place', () => {
  it.each(NAMED_ROWS)('%s', (_name, { response, code, context = RERANK, names, ...expected }) => {
    const diagnosis = classifyResponse(response, context);

    expect(diagnosis.code).toBe(code);
    expect(diagnosis).toMatchObject(expected);
    expect(`${diagnosis.title} ${diagnosis.fix[0]}`).toMatch(names ?? /./);
    expect(diagnosis.upstream?.status).toBe(response.status);
    expect(diagnosis.detail).toContain(`answered ${response.status}`);
  });

  it("is certain about the key only for Cohere's own 401, and 403 as JSON", () => {
    const certain = NAMED_ROWS.filter(
      ([, { response, context = RERANK }]) =>
        CATALOGUE[classifyResponse(response, context).code].aboutKey,
    );

    expect(certain).toHaveLength(KEY_ROWS.length + SERVER_KEYS);
    expect(certain.every(([, { response }]) => [401, 403].includes(response.status))).toBe(true);
  });
});

/** A host with a name, as the texts name it. */
const HOSTS: readonly (readonly [string, string])[] = [
  ['Cohere', RERANK.baseUrl],
  ['eu.cohere.com', 'https://eu.cohere.com'],
  ['a gateway', GATEWAY.baseUrl],
  ['a gateway on http', 'http://gateway.example:8443'],
];

function everyText(): string {
  return listTexts(
    NAMED_ROWS.flatMap(([name, { response, context = RERANK }]) => {
      const seen = `${name} to ${context.operation.path}${context.key === undefined ? ' without a key' : ''}`;
      return HOSTS.map(([host, baseUrl]) => ({
        diagnosis: classifyResponse(response, { ...context, baseUrl }),
        seen,
        host,
      }));
    }),
  );
}

describe('every rule', () => {
  it('is described, word for word, as in its golden file, for Cohere and for any other host', async () => {
    await expect(everyText()).toMatchFileSnapshot('golden/responses.txt');
  });

  const titles = new Set(
    NAMED_ROWS.map(
      ([, { response, context = RERANK }]) => classifyResponse(response, context).title,
    ),
  );

  it.each(
    RESPONSE_RULES.flatMap(({ title }) =>
      title === undefined
        ? []
        : [[titleFor(title, RERANK) ?? '', titleFor(title, GATEWAY) ?? ''] as const],
    ),
  )('has a row above: %s', (...wanted) => {
    expect(wanted.some((title) => titles.has(title))).toBe(true);
  });

  it('falls back to the catalogue for each code that has rules', () => {
    const codes = new Set(RESPONSE_RULES.map(({ code }) => code));
    const rows = new Set(NAMED_ROWS.map(([, { code }]) => code));

    expect([...codes].filter((code) => !rows.has(code))).toEqual([]);
  });
});

describe('the steps', () => {
  it.each([
    ['the proxy', html(407), /HTTPS_PROXY/],
    ['the network', html(511), /Log this machine in/],
    ['a missing client certificate', html(400, 'No required SSL certificate'), /dispatcher/],
  ])('are those of %s where its own web page names it, and not of a wrong address', (...row) => {
    const [, response, step] = row;

    expect(classifyResponse(response, GATEWAY).fix[0]).toMatch(step);
  });

  it.each([
    ['COHERE_EU_API_KEY', 'Set COHERE_EU_API_KEY to it and start the app again.'],
    ['/run/secrets/KEY', 'Put it where the old one came from: /run/secrets/KEY.'],
    ['KEY in config.yaml', 'Put it where the old one came from: KEY in config.yaml.'],
  ])('say where a new key belongs: %s', (name, step) => {
    const context = { ...RERANK, key: { name, length: 40, fingerprint: 'sha256:1f3a9c02' } };

    expect(classifyResponse(json(401, 'key expired'), context).fix).toContain(step);
  });

  it('name the variable where the key is not known', () => {
    expect(classifyResponse(json(401, 'key expired'), undefined).fix).toContain(
      'Set COHERE_API_KEY to it and start the app again.',
    );
  });

  it('do not ask for a key if the request had none, but do if that is unknown', () => {
    const { key: _key, ...keyless } = RERANK;

    expect(classifyResponse(json(401, 'no'), keyless).code).toBe('COHERE_API_KEY_MISSING');
    expect(classifyResponse(json(401, 'no'), undefined).code).toBe('COHERE_API_KEY_REJECTED');
  });
});

describe('the detail', () => {
  it('names the request, the response and the key', () => {
    const { detail, key } = classifyResponse(json(401, 'invalid api token'), CHECK_KEY);
    expect(detail).toBe('api.cohere.com/v1/check-api-key answered 401: invalid api token.');
    expect(key).toBe('COHERE_API_KEY, 40 characters, sha256:1f3a9c02');
  });

  it('omits the key if it is not the cause', () => {
    const { detail, key } = classifyResponse(json(500, 'oops!'), RERANK);

    expect(detail).toBe('api.cohere.com/v2/rerank answered 500: oops!');
    expect(key).toBeUndefined();
  });

  it('shows http, port and sub-path of another base URL, never its user and password', () => {
    const context = {
      baseUrl: `http://me:${CANARY}@gateway:8080/cohere/`,
      operation: RERANK.operation,
    };

    expect(classifyResponse(json(500, 'x'), context).detail).toBe(
      'http://gateway:8080/cohere/v2/rerank answered 500: x.',
    );
  });

  it('names scheme and host of a redirect, and nothing else of its address', () => {
    const response = {
      status: 302,
      headers: { location: `https://login.example.com/${CANARY}?t=${CANARY}` },
      body: '',
    };

    expect(classifyResponse(response, RERANK).detail).toBe(
      'api.cohere.com/v2/rerank answered 302 and points to https://login.example.com.',
    );
  });

  it('shows the title of an HTML page, and no markup', () => {
    expect(classifyResponse(html(403, 'Access denied'), RERANK).detail).toBe(
      'api.cohere.com/v2/rerank answered 403 with an HTML page titled "Access denied".',
    );
  });

  it('needs no title of an HTML page, and no request that is known', () => {
    const response = { status: 404, headers: {}, body: '<html>' };

    expect(classifyResponse(response, undefined).detail).toBe(
      'Cohere answered 404 with an HTML page.',
    );
    expect(classifyResponse(json(404, 'x'), undefined)).toMatchObject({
      title: 'Cohere does not know this path.',
      detail: 'Cohere answered 404: x.',
    });
  });

  it('folds white space, drops control characters and terminal sequences, and cuts at a character', () => {
    const { upstream } = classifyResponse(
      json(500, `a\n\t b\u0007\u001b[31mc\u202E ${'😀'.repeat(400)}`),
      RERANK,
    );

    expect(upstream?.message).toMatch(/^a bc (?:😀)+…$/u);
    expect(upstream?.message?.length).toBeLessThanOrEqual(300);
    expect(upstream?.message).not.toMatch(/\p{Cs}/u);
  });

  it('keeps the hint of Cohere for a removed model', () => {
    const hint = "model 'x' was removed on May 1, 2026. See https://docs.cohere.com/docs/models#x";

    expect(classifyResponse(json(404, hint), RERANK).upstream?.message).toBe(hint);
  });

  it.each([
    ['Azure', { error: { code: 'x', message: 'said' } }],
    ['FastAPI', { detail: 'said' }],
    ['a plain error', { error: 'said' }],
  ])('finds the message of %s too', (_server, body) => {
    const response = { status: 500, headers: {}, body: JSON.stringify(body) };

    expect(classifyResponse(response, RERANK).upstream?.message).toBe('said');
  });

  it('names where a new key belongs when it does not come from a variable', () => {
    const key = { name: '/run/secrets/cohere', length: 40, fingerprint: 'sha256:1f3a9c02' };

    expect(classifyResponse(json(401, 'key expired'), { ...RERANK, key }).fix).toContain(
      'Put it where the old one came from: /run/secrets/cohere.',
    );
  });
});

describe('the request id', () => {
  const id = '07734bd2-2473-4f07-94e1-0d9f0e6843cf';

  it.each([
    [
      'the trace header',
      json(500, 'x', { 'X-Debug-Trace-Id': '5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a' }),
      '5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a',
    ],
    ['the body', { status: 500, headers: {}, body: JSON.stringify({ message: 'x', id }) }, id],
  ])('comes from %s', (_place, response, expected) => {
    expect(classifyResponse(response, RERANK).upstream?.requestId).toBe(expected);
  });

  it('is left out when the key itself looks like one', () => {
    const response = json(401, 'x', { 'x-debug-trace-id': id });

    expect(
      classifyResponse(response, { ...RERANK, secrets: [id] }).upstream?.requestId,
    ).toBeUndefined();
  });

  it('is omitted if it is an echoed key', () => {
    const response = json(401, 'x', { 'x-debug-trace-id': CANARY });

    expect(classifyResponse(response, RERANK).upstream?.requestId).toBeUndefined();
  });
});

describe('a response that is not valid', () => {
  it('is an invalid response with the reason', () => {
    const what = 'results[2].index is 17, but 5 documents were sent';
    const diagnosis = diagnoseInvalidResponse(RERANK, what, json(200, ''));

    expect(diagnosis).toMatchObject({ code: 'COHERE_RESPONSE_INVALID', retryable: false });
    expect(diagnosis.detail).toBe(`api.cohere.com/v2/rerank answered 200, but ${what}.`);
  });

  it('is COHERE_BLOCKED for an HTML page', () => {
    const diagnosis = diagnoseInvalidResponse(RERANK, 'the body is no JSON', html(200, 'Login'));

    expect(diagnosis.code).toBe('COHERE_BLOCKED');
    expect(diagnosis.detail).toBe(
      'api.cohere.com/v2/rerank answered 200 with an HTML page titled "Login".',
    );
    expect(diagnosis.upstream).toEqual({ status: 200, message: 'Login', requestId: undefined });
    expect(diagnosis.fix).toEqual(CATALOGUE.COHERE_BLOCKED.fix);
  });

  it("is a wrong address first for an HTML page of the app's own host", () => {
    const { fix } = diagnoseInvalidResponse(GATEWAY, 'the body is no JSON', html(200, 'Login'));

    expect(fix[0]).toMatch(
      /^Check COHERE_BASE_URL .* gateway\.example:8443 answers with a web page/,
    );
    expect(fix.join()).not.toMatch(/cohere\.com/);
  });

  it('is recognized without a response', () => {
    const diagnosis = diagnoseInvalidResponse(
      { ...RERANK, secrets: [CANARY] },
      `it holds ${CANARY}`,
    );

    expect(diagnosis.detail).toBe(
      'api.cohere.com/v2/rerank answered, but [hidden: it contains part of the key].',
    );
    expect(diagnosis.upstream).toBeUndefined();
  });

  it('contains the response', () => {
    const id = '5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a';
    const response = json(200, 'hello', { 'x-debug-trace-id': id });

    expect(diagnoseInvalidResponse(RERANK, 'it is odd', response).upstream).toEqual({
      status: 200,
      message: 'hello',
      requestId: id,
    });
  });

  it('is a rejected key for valid: false', () => {
    const diagnosis = diagnoseInvalidKey(CHECK_KEY);

    expect(diagnosis).toMatchObject({ code: 'COHERE_API_KEY_REJECTED', exitCode: 77 });
    expect(diagnosis.title).toBe('Cohere says that the API key is not valid.');
    expect(diagnosis.detail).toBe(
      'api.cohere.com/v1/check-api-key answered 200 with valid: false.',
    );
    expect(diagnosis.fix[0]).toMatch(/^Compare the key/);
    expect(diagnosis.upstream).toEqual({ status: 200 });
    expect(diagnosis.key).toContain('COHERE_API_KEY, 40 characters');
  });
});

describe('a ranking in another wire', () => {
  it.each([
    ['Text Embeddings Inference', '[{"index":0,"score":0.9}]'],
    ['Voyage', '{"object":"list","data":[{"relevance_score":0.4,"index":0}],"model":"rerank-2"}'],
  ])('of %s is named, with a gateway that translates', (server, body) => {
    const response = { status: 200, headers: { 'content-type': 'application/json' }, body };
    const { code, title, fix } = diagnoseInvalidResponse(
      GATEWAY,
      'the body has no results',
      response,
    );

    expect(code).toBe('COHERE_RESPONSE_INVALID');
    expect(title).toContain(server);
    expect(fix[0]).toMatch(/LiteLLM.* gateway\.example:8443/);
  });
});

function to(name: string): RequestContext {
  return { ...RERANK, operation: { method: 'POST', path: `/v2/${name}`, name } };
}

describe('texts speak of the operation', () => {
  it('that was called, and of its model where it names it', () => {
    const chat = classifyResponse(
      json(400, "invalid request: model 'embed-v4.0' is not supported by the chat API"),
      to('chat'),
    );

    expect(chat.title).toBe('The model does not serve chat.');
    expect(chat.fix.join()).not.toMatch(/rerank/i);
    expect(classifyResponse(json(403, 'no'), to('embed')).title).toContain('use embed');
    expect(classifyResponse(json(404, "model 'x' not found"), to('embed')).fix[0]).toBe(
      'Call embed with a model that serves embed.',
    );
  });

  it.each([
    ['an argument', json(400, 'invalid request: x')],
    ['an argument that is not named', json(422, '')],
    ['content that is not allowed', json(498, 'denied')],
  ])('and not of rerank where another is refused for %s', (_name, response) => {
    const context = { ...to('embed'), baseUrl: 'https://gateway.example' };
    const { title, fix } = classifyResponse(response, context);
    expect([title, ...fix].join()).not.toMatch(/rerank|query|document/i);
  });

  it('and not of rerank where another was called, whatever the response', () => {
    const texts = NAMED_ROWS.flatMap(([, { response }]) =>
      [RERANK.baseUrl, GATEWAY.baseUrl].flatMap((baseUrl) => {
        const { title, fix, clientFix } = classifyResponse(response, { ...to('embed'), baseUrl });
        return [title, ...fix, ...clientFix];
      }),
    );
    const ofRerank = /rerank|maxDocumentsPerRequest|maxTokensPerDoc/i;
    expect(texts.filter((text) => ofRerank.test(text))).toEqual([]);
  });

  it('and not of rerank where it is not known', () => {
    const { fix, title } = classifyResponse(json(404, "model 'x' not found"), undefined);

    expect([title, ...fix].join()).not.toMatch(/rerank/i);
  });
});
