import { errorReply, type Reply } from '../wire/reply.js';
import { STATUS_TEXTS } from '../wire/status-texts.js';
import type { Delivery } from './delivery.js';
import type { EmulatorFault, StatusFault } from './emulator-fault.interface.js';
import { misshape } from './misshape.js';

/** What becomes of a request that meets a fault. `answer` gives what it would have been told. */
export function applyFault(fault: EmulatorFault, answer: () => Reply): Delivery {
  switch (fault.kind) {
    case 'status':
      return { kind: 'whole', reply: statusReply(fault) };
    case 'latency':
      return { kind: 'whole', reply: answer(), delayMs: fault.ms };
    case 'hang':
      return fault.at === 'body'
        ? { kind: 'part', reply: answer(), ending: 'hang' }
        : { kind: 'none', ending: 'hang' };
    case 'reset':
      return fault.at === 'body'
        ? { kind: 'part', reply: answer(), ending: 'reset' }
        : { kind: 'none', ending: 'reset' };
    case 'truncate':
      return { kind: 'part', reply: answer(), ending: 'close' };
    case 'html':
      return { kind: 'whole', reply: htmlReply(fault.status ?? 403) };
    case 'non-json':
      return { kind: 'whole', reply: nonJsonReply(fault.status ?? 200, fault.body, answer) };
    case 'wrong-shape':
      return { kind: 'whole', reply: misshape(answer(), fault.shape) };
    default:
      return fault satisfies never;
  }
}

function statusReply({ status, message, retryAfter, headers }: StatusFault): Reply {
  return errorReply(status, message ?? STATUS_TEXTS.get(status) ?? `status ${status}`, {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...headers,
  });
}

function htmlReply(status: number): Reply {
  const page = `<!doctype html><html><head><meta charset="utf-8"><title>${status}</title></head><body>${status} ${
    status === 403 ? 'Forbidden' : ''
  }</body></html>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page };
}

function nonJsonReply(status: number, body: string | undefined, answer: () => Reply): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: body ?? answer().body.slice(0, -1),
  };
}
