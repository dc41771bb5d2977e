import { classifyResponse } from '../../../lib/diagnosis/classify-response.js';
import { createDiagnosis } from '../../../lib/diagnosis/create-diagnosis.js';
import type { Diagnosis } from '../../../lib/diagnosis/diagnosis.interface.js';
import { RERANK as RERANK_OPERATION } from '../../../lib/rerank/rerank-operation.js';
import type { ReceivedResponse, RequestContext } from '../../../lib/diagnosis/request-context.js';
export { ECHOED_KEY as CANARY } from '../../support/keys.js';

export const RERANK: RequestContext = {
  baseUrl: 'https://api.cohere.com',
  operation: RERANK_OPERATION,
  key: { name: 'COHERE_API_KEY', length: 40, fingerprint: 'sha256:1f3a9c02' },
};

export const CHECK_KEY: RequestContext = {
  ...RERANK,
  operation: { method: 'POST', path: '/v1/check-api-key', name: 'the key check' },
};
export const CHECK_MODEL: RequestContext = {
  ...RERANK,
  operation: {
    method: 'GET',
    path: '/v1/models/rerank-v5.0-fast',
    name: 'the model check',
    checks: RERANK_OPERATION,
  },
};

/** The same request to another path. */
export function toPath(context: RequestContext, path: string): RequestContext {
  return { ...context, operation: { ...context.operation, path } };
}

/** Another server than Cohere's, named by COHERE_BASE_URL. */
export const GATEWAY: RequestContext = {
  ...RERANK,
  baseUrl: 'https://gateway.example:8443/cohere',
};

/** As Cohere sends its errors. */
export function json(
  status: number,
  message: string,
  headers: ReceivedResponse['headers'] = {},
): ReceivedResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message }),
  };
}

export function text(status: number, body: string): ReceivedResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}

export function html(status: number, title = String(status)): ReceivedResponse {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: `<!doctype html><meta charset="utf-8"><title>${title}</title>${title}`,
  };
}

/** Every way an upstream may write back what it was sent. */
export function writtenForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    `Bearer ${secret}`,
    `Authorization: Bearer ${secret}`,
    secret.toUpperCase(),
    secret.slice(0, 20),
    secret.slice(20),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    Buffer.from(`Bearer ${secret}`).toString('base64'),
    Buffer.from(`x:${secret}`).toString('base64'),
    bytes.toString('hex'),
    encodeURIComponent(`Bearer ${secret}`),
    bytes.toString('hex').replace(/../g, '%$&'),
    JSON.stringify(JSON.stringify(secret)),
    Array.from(secret, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    Array.from(secret, (c) => `&#${c.charCodeAt(0)};`).join(''),
  ];
}

/** Pieces of a secret no output may hold, in any of its forms. */
export function tracesOf(secret: string): readonly string[] {
  const lower = secret.toLowerCase();
  const pieces = Array.from({ length: lower.length - 9 }, (_, at) => lower.slice(at, at + 10));
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.from(`${'x'.repeat(shift)}${secret}`)
      .toString('base64')
      .slice(8, -8)
      .toLowerCase(),
  );
  const hex = Buffer.from(secret.slice(0, 10)).toString('hex');
  const units = Array.from(secret.slice(0, 10), (character) => character.charCodeAt(0));
  return [
    ...pieces,
    ...base64,
    hex,
    hex.replace(/../g, '%$&'),
    units.map((unit) => `\\u00${unit.toString(16)}`).join(''),
    units.map((unit) => `&#${unit};`).join(''),
  ];
}

/** One text of a diagnosis, what was seen, and on which host. */
export interface Occurrence {
  readonly diagnosis: Pick<Diagnosis, 'code' | 'title' | 'fix' | 'retryable'>;
  readonly seen: string;
  readonly host: string;
}

/** Every text once, after all that leads to it, for a golden file. */
export function listTexts(occurrences: readonly Occurrence[]): string {
  const seenBy = new Map<string, Map<string, string>>();
  for (const { diagnosis, seen, host } of occurrences) {
    const { code, title, fix, retryable } = diagnosis;
    const steps = fix.map((step, at) => `  ${at + 1}. ${step}\n`).join('');
    const words = `  ${code}${retryable ? ', retryable' : ''}: ${title}\n${steps}`;
    const causes = seenBy.get(words) ?? new Map<string, string>();
    const hosts = causes.get(seen);
    seenBy.set(
      words,
      causes.set(seen, `${hosts === undefined ? `${seen} of` : `${hosts},`} ${host}`),
    );
  }
  return [...seenBy]
    .map(([words, causes]) => `${[...causes.values()].join('\n')}\n${words}`)
    .join('\n');
}

export function expiredKey(): Diagnosis {
  const message =
    'Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact at Cohere to continue usage.';
  const id = { 'x-debug-trace-id': '5f6d4cf5a1b5f7c4a7ae1e6e9a5a2e0a' };
  return {
    ...classifyResponse(json(401, message, id), CHECK_KEY),
    key: 'COHERE_API_KEY from .env:3, 40 characters, sha256:1f3a9c02',
  };
}

export function quotedKey(): Diagnosis {
  return createDiagnosis('COHERE_API_KEY_MALFORMED', {
    title: 'COHERE_API_KEY is wrapped in quotation marks.',
    detail: '',
    key: 'COHERE_API_KEY from .env:3, 42 characters, sha256:1f3a9c02',
    fix: [
      'Remove the quotation marks around the value.',
      'Copy the key again from https://dashboard.cohere.com/api-keys and set only the key, with nothing around it.',
    ],
  });
}

export function badTimeout(): Diagnosis {
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: 'COHERE_TIMEOUT_MS is not a whole number.',
    detail: 'COHERE_TIMEOUT_MS from the environment: “soon” → a whole number from 1 was expected…',
    fix: ['Set COHERE_TIMEOUT_MS to milliseconds, e.g. 10000, or remove it.'],
  });
}
