import { CATALOGUE, type DiagnosisCode } from './catalogue.js';
import { createDiagnosis } from './create-diagnosis.js';
import type { Diagnosis, UpstreamReply } from './diagnosis.interface.js';
import { readReply, type Reply } from './read-reply.js';
import { showable } from './redact/redact.js';
import {
  describeKey,
  describeTarget,
  endSentence,
  forTarget,
  type ReceivedResponse,
  type RequestContext,
  targetOf,
} from './request-context.js';
import {
  rejectedFix,
  RESPONSE_RULES,
  type ResponseRule,
  UNKNOWN_RESPONSE,
} from './response-rules.js';

/**
 * What a response other than a good one means. Status first, then the words of the message.
 *
 * @param context the request; `undefined` where it is no longer known
 */
export function classifyResponse(
  response: ReceivedResponse,
  context: RequestContext | undefined,
): Diagnosis {
  const reply = readReply(response, context?.secrets);
  const { code, title, fix, httpStatus, retryable } =
    RESPONSE_RULES.find((candidate) => matches(candidate, reply, context)) ?? UNKNOWN_RESPONSE;
  return createDiagnosis(code, {
    title: forTarget(title, context),
    detail: describeReply(reply, context),
    about: context,
    fix: fixOf(code, forTarget(fix, context), reply, context),
    key: keyNamedBy(code, context),
    upstream: upstreamReply(reply),
    httpStatus,
    retryable,
  });
}

/**
 * A response that looked good, but is not valid. HTML is a page of the network's, not Cohere's.
 *
 * @param what one clause without a full stop, e.g. `results[2].index is 17, but 5 documents were sent`
 */
export function diagnoseInvalidResponse(
  context: RequestContext | undefined,
  what: string,
  response?: ReceivedResponse,
): Diagnosis {
  const reply = response === undefined ? undefined : readReply(response, context?.secrets);
  const status = reply === undefined ? '' : ` ${reply.status}`;
  if (reply?.format === 'html') {
    return createDiagnosis('COHERE_BLOCKED', {
      detail: describeReply(reply, context),
      about: context,
      fix: fixOf('COHERE_BLOCKED', undefined, reply, context),
      upstream: upstreamReply(reply),
    });
  }
  return createDiagnosis('COHERE_RESPONSE_INVALID', {
    detail: `${describeTarget(context)} answered${status}, but ${endSentence(showable(what, context?.secrets))}`,
    about: context,
    upstream: reply === undefined ? undefined : upstreamReply(reply),
  });
}

/** `POST /v1/check-api-key` answered 200 and `valid: false`. */
export function diagnoseInvalidKey(context: RequestContext): Diagnosis {
  return createDiagnosis('COHERE_API_KEY_REJECTED', {
    title: `${targetOf(context).name} says that the API key is not valid.`,
    detail: `${describeTarget(context)} answered 200 with valid: false.`,
    about: context,
    fix: rejectedFix(targetOf(context), context),
    key: keyNamedBy('COHERE_API_KEY_REJECTED', context),
    upstream: { status: 200 },
  });
}

/** A web page where Cohere should be is most likely a wrong address, if the app has one and the page does not say more. */
function fixOf(
  code: DiagnosisCode,
  fix: readonly string[] | undefined,
  { format }: Reply,
  context: RequestContext | undefined,
): readonly string[] | undefined {
  const { isCohere, name } = targetOf(context);
  if (fix !== undefined || code !== 'COHERE_BLOCKED' || format !== 'html' || isCohere) {
    return fix;
  }
  return [
    `Check COHERE_BASE_URL (or the option baseUrl): ${name} answers with a web page, as a web site does. The address of Cohere is https://api.cohere.com.`,
    ...CATALOGUE[code].fix,
  ];
}

function keyNamedBy(code: DiagnosisCode, context: RequestContext | undefined): string | undefined {
  return context?.key !== undefined && CATALOGUE[code].namesKey
    ? describeKey(context.key)
    : undefined;
}

function matches(rule: ResponseRule, reply: Reply, context: RequestContext | undefined): boolean {
  return (
    hasStatus(rule.status, reply.status) &&
    (rule.format?.includes(reply.format) ?? true) &&
    (rule.says?.test(reply.said) ?? true) &&
    (rule.path?.test(context?.operation.path ?? '') ?? true) &&
    (rule.when?.(reply, targetOf(context), context?.operation.path ?? '') ?? true) &&
    (rule.withKey === undefined || rule.withKey === hadKey(context))
  );
}

/** In doubt it had one: the SDK sends no request without. */
function hadKey(context: RequestContext | undefined): boolean {
  return context?.key !== undefined || (context?.keyIsUnknown ?? context === undefined);
}

function hasStatus(wanted: ResponseRule['status'], status: number): boolean {
  if (wanted === undefined) {
    return true;
  }
  return 'from' in wanted ? status >= wanted.from && status <= wanted.to : wanted.includes(status);
}

function describeReply(reply: Reply, context: RequestContext | undefined): string {
  const location = reply.location === undefined ? '' : ` and points to ${reply.location}`;
  if (reply.format === 'html') {
    const title = reply.message === undefined ? '' : ` titled "${reply.message}"`;
    return `${describeTarget(context)} answered ${reply.status} with an HTML page${title}${location}.`;
  }
  const message = reply.message === undefined ? '' : `: ${reply.message}`;
  const sentence = `${describeTarget(context)} answered ${reply.status}${location}${message}`;
  return endSentence(sentence);
}

function upstreamReply({ status, message, requestId }: Reply): UpstreamReply {
  return { status, message, requestId };
}
