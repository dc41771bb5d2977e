import { isIP } from 'node:net';
import { createDiagnosis } from './create-diagnosis.js';
import type { Diagnosis } from './diagnosis.interface.js';
import { redact } from './redact/redact.js';
import { errorChain, readNumber, readString } from './read-safely.js';
import { NETWORK_FAILURE_RULES, type NetworkRule } from './network-rules.js';
import {
  describeTarget,
  forTarget,
  type RequestContext,
  type Target,
  titleFor,
} from './request-context.js';

/**
 * Diagnoses a request without a response. Looks through causes and AggregateErrors for the codes of
 * Node, OpenSSL and undici. Messages are never shown: they can hold the Authorization header.
 */
export function classifyNetworkFailure(
  error: unknown,
  context: RequestContext | undefined,
): Diagnosis {
  return (
    diagnoseNetworkCode(error, context) ??
    createDiagnosis('COHERE_UNREACHABLE', {
      title: titleFor(({ server }) => `${server} could not be reached.`, context),
      detail: `${describeTarget(context)}: the request failed without an HTTP response.`,
      about: context,
    })
  );
}

/** Does the same, but returns `undefined` if no known code is found. */
export function diagnoseNetworkCode(
  error: unknown,
  context: RequestContext | undefined,
): Diagnosis | undefined {
  const failures = errorChain(error).flatMap(readFailure);
  for (const failure of failures) {
    const rule = NETWORK_FAILURE_RULES.find((candidate) => matches(candidate, failure));
    if (rule !== undefined) {
      return describe(rule, failure, context);
    }
  }
  return undefined;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The authentication schemes that a proxy offers. */
  readonly schemes: string | undefined;
}

function readFailure(error: unknown): readonly Failure[] {
  const code = readString(error, 'code') ?? codeFromName(error);
  if (code === undefined) {
    return [];
  }
  const host = hostOf(readString(error, 'address') ?? readString(error, 'hostname'));
  const port = readNumber(error, 'port');
  return [
    {
      code,
      message: readString(error, 'message') ?? '',
      host,
      port: Number.isInteger(port) ? port : undefined,
      schemes: readString(error, 'schemes'),
    },
  ];
}

/** `AbortSignal.timeout()` fires a DOMException, whose code is a number; undici's parser error often has none. */
function codeFromName(error: unknown): string | undefined {
  const name = readString(error, 'name');
  return name === 'TimeoutError' || name === 'HTTPParserError' ? name : undefined;
}

const HOST_NAME = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?|localhost)$/i;

/** Matches an IP address or a DNS name, and nothing else. */
function hostOf(value: string | undefined): string | undefined {
  return value !== undefined && (isIP(value) !== 0 || HOST_NAME.test(value))
    ? redact(value)
    : undefined;
}

function matches({ codes, says }: NetworkRule, { code, message }: Failure): boolean {
  const known = codes.some((wanted) => {
    const [start = '', end] = wanted.split('*');
    return end === undefined ? code === wanted : code.startsWith(start) && code.endsWith(end);
  });
  return known && (says?.test(message) ?? true);
}

function describe(
  rule: NetworkRule,
  failure: Failure,
  context: RequestContext | undefined,
): Diagnosis {
  const viaProxy = rule.reachesForHost === true && isElsewhere(failure, context);
  const where = [failure.host, failure.port].filter((part) => part !== undefined).join(':');
  const seen = redact(where === '' ? failure.code : `${failure.code} ${where}`, context?.secrets);
  const offers = SCHEMES.test(failure.schemes ?? '') ? ` It offers ${failure.schemes}.` : '';
  return createDiagnosis(rule.code ?? 'COHERE_UNREACHABLE', {
    title: viaProxy
      ? 'The proxy between this app and the server could not be reached.'
      : titleFor(rule.title, context),
    detail: `${describeTarget(context)}: ${rule.what} (${seen}).${offers}`,
    about: context,
    fix: forTarget(viaProxy ? checkProxy : rule.fix, context),
    retryable: rule.retryable,
  });
}

const SCHEMES = /^[A-Z][A-Za-z]*(?:, [A-Z][A-Za-z]*)*$/;

const checkProxy = ({ proxyVariable }: Target): readonly string[] => [
  `Check the proxy in ${proxyVariable}: the connection to the proxy failed, not one behind it.`,
  'Check that the firewall, security group or network policy allows connections of this app to the proxy.',
  'If the host under Found can be reached without the proxy, add it to NO_PROXY.',
];

/** Returns true if the peer of the error, by name or port, is a proxy and not Cohere. */
function isElsewhere({ host, port }: Failure, context: RequestContext | undefined): boolean {
  if (context === undefined || !URL.canParse(context.baseUrl)) {
    return false;
  }
  const target = new URL(context.baseUrl);
  const targetPort = Number(target.port || (target.protocol === 'http:' ? 80 : 443));
  const otherName = host !== undefined && isIP(host) === 0 && host !== target.hostname;
  return otherName || (port !== undefined && port !== targetPort);
}
