import { createDiagnosis } from './create-diagnosis.js';
import type { Diagnosis } from './diagnosis.interface.js';
import {
  describeTarget,
  inputsOf,
  type RequestContext,
  targetOf,
  titleFor,
} from './request-context.js';

/** The phase of a call in which its deadline passed. */
export type TimeoutPhase =
  'documents' | 'queue' | 'key' | 'connect' | 'answer' | 'body' | 'backoff';

/** The texts by phase; `{setting}` is the setting of the deadline, `{inputs}` what the operation is about. */
const PHASES: Readonly<Record<TimeoutPhase, { readonly what: string; readonly fix: string }>> = {
  queue: {
    what: 'the call was still waiting for its turn behind others',
    fix: 'Raise COHERE_CONCURRENCY, or send fewer calls at a time.',
  },
  key: {
    what: 'the API key was still being read',
    fix: 'Make the source of the API key (function, file, secret store) respond faster.',
  },
  documents: {
    what: 'the documents were still being converted to text',
    fix: 'Send fewer or smaller documents at a time, or give toText a cheaper function.',
  },
  connect: {
    what: 'there was no connection yet',
    fix: 'Check that the firewall and the proxy allow connections to the host under Found.',
  },
  answer: {
    what: 'the request was sent, but no response had begun',
    fix: 'If calls are slow in general, raise {setting} or send fewer {inputs}.',
  },
  body: {
    what: 'the response had begun, but was not complete',
    fix: 'If it persists, check the proxy on the way: it may hold responses back.',
  },
  backoff: {
    what: 'the call was waiting to be tried again after a failure',
    fix: 'If calls are throttled often, lower COHERE_CONCURRENCY or use a production key.',
  },
};

const DEFAULT_SETTING = 'COHERE_TIMEOUT_MS';

/**
 * Diagnoses our own deadline: it passed, or is too soon for an answer.
 *
 * @param remainingMs more than 0 if the call was ended before its deadline
 */
export function diagnoseTimeout(
  context: RequestContext | undefined,
  timeoutMs: number,
  phase: TimeoutPhase,
  remainingMs = 0,
): Diagnosis {
  const { what, fix } = PHASES[phase];
  const { name, isCohere } = targetOf(context);
  const leftMs = Math.round(remainingMs);
  const setting = context?.timeoutSetting ?? DEFAULT_SETTING;
  const step =
    setting === DEFAULT_SETTING || phase !== 'answer'
      ? fix.replace('{setting}', setting).replace('{inputs}', inputsOf(context))
      : `If it is slow in general, raise ${setting}.`;
  return createDiagnosis('COHERE_TIMEOUT', {
    ...(leftMs > 0
      ? {
          title: `${name} could not have responded within ${timeoutMs} ms.`,
          detail: `${describeTarget(context)}: after ${timeoutMs - leftMs} ms ${what}, and responses lately take longer than the ${leftMs} ms that were left. It was not sent.`,
        }
      : {
          title: titleFor(
            ({ server }) => `${server} did not respond within ${timeoutMs} ms.`,
            context,
          ),
          detail: `${describeTarget(context)}: after ${timeoutMs} ms ${what}.`,
        }),
    about: context,
    fix:
      phase === 'queue' || phase === 'key' || phase === 'documents'
        ? [step]
        : [isCohere ? TRY_LATER : `Check that ${name} is up and reachable from here.`, step],
  });
}

const TRY_LATER = 'Try again later; see https://status.cohere.ai.';
