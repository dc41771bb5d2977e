import { describe, expect, it } from 'vitest';
import { classifyNetworkFailure } from '../../../lib/diagnosis/classify-network-failure.js';
import { classifyResponse } from '../../../lib/diagnosis/classify-response.js';
import { diagnose } from '../../../lib/diagnosis/diagnose.js';
import { toOneLine } from '../../../lib/diagnosis/redact/clean-text.js';
import { redact, redactResponse } from '../../../lib/diagnosis/redact/redact.js';
import { badTimeout, CANARY, RERANK } from './fixtures.js';
import { renderReport } from '../../../lib/diagnosis/render/render-report.js';

const SIZE = 262_144;
/** CPU time, which other work on the machine does not add to. A pattern of quadratic cost needs half a minute. */
const MAX_CPU_US = 10_000_000;

/** What makes a careless pattern look at every rest of the text again. */
const WORST = [
  '<title',
  '<title>',
  '<',
  'model ',
  'key expired token ',
  'Bearer realm=',
  'Authorization: ',
  'a.',
  'a:',
  '@',
  'http://a@',
  '%4',
  '\\u00',
  '&#',
  '\\',
  '..x',
  '****',
  CANARY.slice(0, 3),
  ' ',
  '\u001b[',
  '0',
  'aB3',
  '{"message":',
  '[',
];

const KNOWN = { ...RERANK, secrets: [CANARY] };

describe.each(WORST)('a quarter of a megabyte of %j', (part) => {
  const text = part.repeat(Math.ceil(SIZE / part.length));

  it('is read in linear time', { timeout: 120_000 }, () => {
    const before = process.cpuUsage();
    for (const type of ['text/html', 'application/json', 'text/plain']) {
      for (const status of [200, 400, 401, 403, 404, 429, 503]) {
        const headers = { 'content-type': type, 'x-debug-trace-id': text, location: text };
        const diagnosis = classifyResponse({ status, headers, body: text }, KNOWN);
        expect(diagnosis.detail.length).toBeLessThan(1_000);
      }
    }
    const error = Object.assign(new Error(text), { code: 'UND_ERR_ABORTED', hostname: text });
    expect(classifyNetworkFailure(error, RERANK).code).toBeDefined();
    diagnose(new TypeError(text));
    diagnose(Object.assign(new Error(text), { statusCode: 500, body: text, rawResponse: {} }));
    expect(redact(text, [CANARY]).length).toBeLessThan(200_000);
    expect(redactResponse({ status: 500, headers: {}, body: text }, [CANARY]).status).toBe(500);
    expect(toOneLine(text).length).toBeLessThan(100_000);
    renderReport([{ ...badTimeout(), detail: text, title: text }], { width: 60 });
    expect(process.cpuUsage(before).user).toBeLessThan(MAX_CPU_US);
  });
});
