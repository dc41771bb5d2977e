import { CATALOGUE, type DiagnosisCode } from './catalogue.js';
import { createDiagnosis, fixFor } from './create-diagnosis.js';
import type { Diagnosis, UpstreamReply } from './diagnosis.interface.js';
import { parseJson, readReply, type Reply } from './read-reply.js';
import { readNumber, readProperty } from './read-safely.js';
import { showable } from './redact/redact.js';
import {
  describeKey,
  describeTarget,
  endSentence,
  forTarget,
  type ReceivedResponse,
  type RequestContext,
  targetOf,
  titleFor,
} from './request-context.js';
import {
  INVALID_RESPONSE,
  rejectedFix,
  replaceKey,
  RESPONSE_RULES,
  type ResponseRule,
  TEI_WIRE,
  UNKNOWN_RESPONSE,
  VOYAGE_WIRE,
} from './response-rules.js';

/**
 * Diagnoses a response other than a usable 2xx, by status first, then by message.
 *
 * @param context the request; `undefined` if it is no longer known
 */
export function classifyResponse(
  response: ReceivedResponse,
  context: RequestContext | undefined,
): Diagnosis {
  const reply = readReply(response, context?.secrets);
  const rule =
    RESPONSE_RULES.find((candidate) => matches(candidate, reply, context)) ?? UNKNOWN_RESPONSE;
  return describeByRule(rule, reply, context, describeReply(reply, context));
}

/**
 * Diagnoses a 2xx response that is not valid. HTML is a page of the network, not of Cohere.
 *
 * @param what one clause without a full stop, e.g. `results[2].index is 17, but 5 documents were sent`
 */
export function diagnoseInvalidResponse(
  context: RequestContext | undefined,
  what: string,
  response?: ReceivedResponse,
): Diagnosis {
  const reply = response === undefined ? undefined : readReply(response, context?.secrets);
  if (reply?.format === 'html') {
    return describeByRule(
      { code: 'COHERE_BLOCKED' },
      reply,
      context,
      describeReply(reply, context),
    );
  }
  const status = reply === undefined ? '' : ` ${reply.status}`;
  const detail = `${describeTarget(context)} answered${status}, but ${endSentence(showable(what, context?.secrets))}`;
  return describeByRule(wireOf(response?.body ?? ''), reply, context, detail);
}

/** Returns the rule for a ranking of another protocol, which looks like a broken one of Cohere's. */
function wireOf(body: string): ResponseRule {
  const answer = parseJson(body);
  if (isRanking(answer, 'score')) {
    return TEI_WIRE;
  }
  return isRanking(readProperty(answer, 'data'), 'relevance_score')
    ? VOYAGE_WIRE
    : INVALID_RESPONSE;
}

function isRanking(value: unknown, score: string): boolean {
  return Array.isArray(value) && readNumber(value[0], score) !== undefined;
}

/** Diagnoses a 200 with `valid: false` from `POST /v1/check-api-key`. */
export function diagnoseInvalidKey(context: RequestContext): Diagnosis {
  return createDiagnosis('COHERE_API_KEY_REJECTED', {
    title: titleFor(({ server }) => `${server} says that the API key is not valid.`, context),
    detail: `${describeTarget(context)} answered 200 with valid: false.`,
    about: context,
    fix: forTarget(rejectedFix, context),
    clientFix: forTarget(replaceKey, context),
    key: keyNamedBy('COHERE_API_KEY_REJECTED', context),
    upstream: { status: 200 },
  });
}

function describeByRule(
  { code, title, fix, clientFix, httpStatus, retryable }: ResponseRule,
  reply: Reply | undefined,
  context: RequestContext | undefined,
  detail: string,
): Diagnosis {
  return createDiagnosis(code, {
    title: titleFor(title, context),
    detail,
    about: context,
    fix: forTarget(fix, context) ?? webPageFix(code, reply, context),
    clientFix: forTarget(clientFix, context),
    key: keyNamedBy(code, context),
    upstream: reply === undefined ? undefined : upstreamReply(reply),
    httpStatus,
    retryable,
  });
}

/** Diagnoses a web page as a wrong address, if the app has set one and the page is not more specific. */
function webPageFix(
  code: DiagnosisCode,
  reply: Reply | undefined,
  context: RequestContext | undefined,
): readonly string[] | undefined {
  const { isCohere, name } = targetOf(context);
  if (code !== 'COHERE_BLOCKED' || reply?.format !== 'html' || isCohere) {
    return undefined;
  }
  return [
    `Check COHERE_BASE_URL (or the option baseUrl): ${name} answers with a web page, as a web site does.`,
    ...fixFor(code, context),
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
    (rule.says === undefined || rule.says.test(reply.rawMessage) || rule.says.test(reply.codes)) &&
    (rule.path?.test(context?.operation.path ?? '') ?? true) &&
    (rule.when?.(reply, targetOf(context), context?.operation.path ?? '') ?? true) &&
    (rule.withKey === undefined || rule.withKey === hadKey(context))
  );
}

/** Returns whether the request had a key. Assumes one when unknown: the SDK sends no request without. */
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
