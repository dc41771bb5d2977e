import type { DiagnosisCode } from '../diagnosis-code.js';
import { NETWORK_FAILURE_RULES } from '../network-failures/network-failure-rules.js';
import type { ResponseRule } from '../response-rules/response-rule.interface.js';
import { RESPONSE_RULES } from '../response-rules/response-rules.js';

/** One way a code comes about that has a title and a first step of its own. */
export interface Kind {
  /** `HTTP 404`, or the codes of Node, OpenSSL and undici. */
  readonly seen: string;
  readonly title: string;
  readonly firstStep: string | undefined;
}

/** What the rules tell apart under one code, so that a person can search for what they saw. */
export function kindsOfCode(code: DiagnosisCode): readonly Kind[] {
  return [
    ...RESPONSE_RULES.filter((rule) => rule.code === code).flatMap(responseKind),
    ...NETWORK_FAILURE_RULES.filter((rule) => (rule.code ?? 'COHERE_UNREACHABLE') === code).map(
      ({ codes, title, fix }): Kind => ({ seen: codes.join(', '), title, firstStep: fix[0] }),
    ),
  ];
}

function responseKind({ status, title, fix }: ResponseRule): readonly Kind[] {
  if (status === undefined || title === undefined) {
    return [];
  }
  const statuses = 'from' in status ? `${status.from}–${status.to}` : status.join(', ');
  const steps = typeof fix === 'function' ? fix(undefined) : fix;
  return [{ seen: `HTTP ${statuses}`, title, firstStep: steps?.[0] }];
}
