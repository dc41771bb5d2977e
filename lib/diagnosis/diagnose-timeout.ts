import { createDiagnosis } from './create-diagnosis.js';
import type { Diagnosis } from './diagnosis.interface.js';
import { describeTarget, type RequestContext } from './request-context.js';

/** Where a call was when its deadline passed. */
export type TimeoutPhase =
  'documents' | 'queue' | 'key' | 'connect' | 'answer' | 'body' | 'backoff';

const PHASES: Readonly<Record<TimeoutPhase, { readonly what: string; readonly fix: string }>> = {
  documents: {
    what: 'the documents were still being converted to text',
    fix: 'Send fewer or smaller documents at a time, or give toText a cheaper function.',
  },
  queue: {
    what: 'the call was still waiting for its turn behind others',
    fix: 'Raise COHERE_CONCURRENCY, or send fewer calls at a time.',
  },
  key: {
    what: 'the API key was still being read',
    fix: 'Make the source of the API key (function, file, secret store) answer faster.',
  },
  connect: {
    what: 'there was no connection yet',
    fix: 'Check that firewall and proxy let this app reach the host the detail names.',
  },
  answer: {
    what: 'the request was sent, but no answer had begun',
    fix: 'If calls are slow in general, raise COHERE_TIMEOUT_MS or send fewer documents.',
  },
  body: {
    what: 'the answer had begun, but was not complete',
    fix: 'If it stays, check the proxy on the way: it may hold answers back.',
  },
  backoff: {
    what: 'the call was waiting to be tried again after a failure',
    fix: 'If calls are throttled often, lower COHERE_CONCURRENCY or use a production key.',
  },
};

/** Our own deadline passed. */
export function diagnoseTimeout(
  context: RequestContext | undefined,
  timeoutMs: number,
  phase: TimeoutPhase,
): Diagnosis {
  const { what, fix } = PHASES[phase];
  return createDiagnosis('COHERE_TIMEOUT', {
    title: `Cohere did not answer within ${timeoutMs} ms.`,
    detail: `${describeTarget(context)}: after ${timeoutMs} ms ${what}.`,
    fix: ['Try again later; see https://status.cohere.ai.', fix],
  });
}
