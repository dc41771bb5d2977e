import type { ResponseRule } from './response-rule.interface.js';

const ASK_STATUS_PAGE = 'Try again later; see https://status.cohere.ai.';

/** Cohere's own failures, and last of all whatever no other rule knows. */
export const AVAILABILITY_RULES: readonly ResponseRule[] = [
  {
    status: [408],
    code: 'COHERE_UPSTREAM_ERROR',
    title: 'Cohere did not receive the whole request in time.',
    fix: [ASK_STATUS_PAGE, 'If it stays, check the upload speed of this network.'],
    retryable: true,
  },
  // Not retried: 499 says that our side of the connection went away, and a deadline usually made it.
  {
    status: [499],
    code: 'COHERE_UPSTREAM_ERROR',
    title: 'Cohere cancelled the request.',
    retryable: false,
  },
  {
    status: [501],
    code: 'COHERE_UPSTREAM_ERROR',
    title: 'This deployment cannot do what was asked.',
    fix: [
      'If COHERE_BASE_URL is set, check that this deployment serves rerank.',
      'If it is not set, see https://status.cohere.ai.',
    ],
    retryable: false,
  },
  {
    status: [503, 529],
    code: 'COHERE_UPSTREAM_ERROR',
    title: 'Cohere is overloaded or under maintenance.',
    httpStatus: 503,
  },
  // A gateway's timeout is Cohere's failure; COHERE_TIMEOUT is kept for our own deadline.
  {
    status: [504, 524],
    code: 'COHERE_UPSTREAM_ERROR',
    title: 'Cohere took too long behind its own gateway.',
  },
  { status: { from: 500, to: 599 }, code: 'COHERE_UPSTREAM_ERROR' },
  { status: { from: 200, to: 299 }, code: 'COHERE_RESPONSE_INVALID' },
  { format: ['html'], code: 'COHERE_BLOCKED' },
  {
    code: 'COHERE_UPSTREAM_ERROR',
    title: 'Cohere answered with a status that this library does not know.',
    retryable: false,
  },
];
