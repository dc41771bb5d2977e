/**
 * @typedef {{ field: 'title' | 'text', start: number, end: number }} Passage
 * @typedef {{ id: string, language: string, title: string, text: string, category: string, relevanceScore: number, passages?: Passage[] }} Result
 * @typedef {{ id: string, language: string, title: string, category: string, wordScore: number }} Candidate
 * @typedef {{ searchUnits?: number, inputTokens?: number, requests: number, retries: number }} Usage
 * @typedef {{ results: Result[], usage: Usage, model: string, degraded?: { code: string, fix: string[] }, explanation: { candidates: Candidate[], rerankMs: number } }} Ranking
 * @typedef {{ ranker: 'cohere' | 'emulator', key: { verdict: 'valid' | 'rejected' | 'undetermined', code?: string, title?: string }, emulatorKey?: string }} Status
 *
 * @typedef {object} Problem An answer that is not the one asked for.
 * @property {number} status HTTP status; 0 where no answer came.
 * @property {string} title
 * @property {string} [code]
 * @property {readonly string[]} fix
 * @property {string} [docs]
 * @property {number} [retryAfterMs]
 * @property {string} [raw] Raw response.
 */

/** The server's own deadline for a rerank is 10 seconds; this is for a server that hangs. */
const MAX_WAIT_MS = 30_000;
const MAX_RAW_LENGTH = 4_000;

/**
 * @param {{ query: string, topN: number, onFailure: 'throw' | 'original-order' }} request
 * @param {AbortSignal} signal
 * @returns {Promise<{ ranking: Ranking } | { problem: Problem }>}
 * @throws the reason of the signal when it aborts
 */
export async function search(request, signal) {
  const answer = await call('search', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, explain: true }),
    signal,
  });
  if ('problem' in answer) {
    return answer;
  }
  return isRanking(answer.body)
    ? { ranking: answer.body }
    : { problem: unexpected(answer.status, answer.raw) };
}

/** @returns {Promise<Status | undefined>} undefined where the server does not say */
export async function readStatus() {
  const answer = await call('status', {});
  return 'body' in answer && isStatus(answer.body) ? answer.body : undefined;
}

/**
 * @param {string} action `restore`, `trial`, `expire`, `revoke` or `restrict`
 * @returns {Promise<Problem | undefined>}
 */
export async function changeEmulatorKey(action) {
  const answer = await call(`emulator/key/${action}`, { method: 'POST' });
  return 'problem' in answer ? answer.problem : undefined;
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<{ status: number, body: unknown, raw: string } | { problem: Problem }>}
 */
async function call(path, init) {
  const deadline = AbortSignal.timeout(MAX_WAIT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
  try {
    const response = await fetch(path, { ...init, signal });
    const text = await response.text();
    const body = parseJson(text);
    const raw = rawResponse(response, body, text);
    return response.ok
      ? { status: response.status, body, raw }
      : { problem: toProblem(response.status, body, raw) };
  } catch (error) {
    if (init.signal?.aborted === true) {
      throw error;
    }
    return { problem: deadline.aborted ? NO_ANSWER_IN_TIME : UNREACHABLE };
  }
}

/** @type {Problem} */
const UNREACHABLE = {
  status: 0,
  title: 'The sample app is not responding.',
  fix: ['Check that it is still running. If not, start it with npm start.', 'Then search again.'],
};

/** @type {Problem} */
const NO_ANSWER_IN_TIME = {
  status: 0,
  title: `The sample app has not responded within ${MAX_WAIT_MS / 1000} seconds.`,
  fix: ['Look at its log in the terminal.', 'Then search again.'],
};

/**
 * @param {number} status
 * @param {string} raw
 * @returns {Problem}
 */
function unexpected(status, raw) {
  return {
    status,
    title: 'The response is not what this page expects.',
    fix: ['Check whether a proxy between this page and the sample app answers in its place.'],
    raw,
  };
}

/**
 * @param {number} status
 * @param {unknown} body
 * @param {string} raw
 * @returns {Problem}
 */
function toProblem(status, body, raw) {
  if (!isObject(body)) {
    return unexpected(status, raw);
  }
  const { message, code, fix, docs, retryAfterMs } = body;
  const reasons = textsOf(message);
  return {
    status,
    title: typeof message === 'string' ? message : 'The request is not valid.',
    ...(typeof code === 'string' ? { code } : {}),
    fix: typeof message === 'string' ? textsOf(fix) : reasons,
    ...(typeof docs === 'string' ? { docs } : {}),
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    raw,
  };
}

/**
 * @param {Response} response
 * @param {unknown} body
 * @param {string} text
 */
function rawResponse(response, body, text) {
  const challenge = response.headers.get('www-authenticate');
  const retryAfter = response.headers.get('retry-after');
  const type = response.headers.get('content-type');
  const lines = [
    `HTTP ${response.status} ${response.statusText}`.trimEnd(),
    ...(challenge === null ? [] : [`WWW-Authenticate: ${challenge}`]),
    ...(retryAfter === null ? [] : [`Retry-After: ${retryAfter}`]),
    ...(type === null ? [] : [`Content-Type: ${type}`]),
    '',
    body === undefined ? text : JSON.stringify(body, null, 2),
  ];
  return lines.join('\n').slice(0, MAX_RAW_LENGTH);
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {readonly string[]}
 */
function textsOf(value) {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/**
 * @param {unknown} value
 * @returns {value is Ranking}
 */
function isRanking(value) {
  return (
    isObject(value) &&
    Array.isArray(value['results']) &&
    isObject(value['usage']) &&
    isObject(value['explanation']) &&
    Array.isArray(value['explanation']['candidates'])
  );
}

/**
 * @param {unknown} value
 * @returns {value is Status}
 */
function isStatus(value) {
  return isObject(value) && typeof value['ranker'] === 'string' && isObject(value['key']);
}
