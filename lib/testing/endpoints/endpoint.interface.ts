import type { Caller } from '../keys/authenticate.js';
import type { TrialLimits } from '../keys/trial-limits.js';
import type { ModelCatalogue } from '../models/model-catalogue.js';
import type { ScoreFunction } from '../ranking/rank-documents.js';
import type { Reply } from '../wire/reply.js';

/** What an endpoint may look at besides the request. */
export interface EmulatedAccount {
  readonly models: ModelCatalogue;
  readonly limits: TrialLimits;
  readonly score: ScoreFunction | undefined;
}

/** A request whose key has been found valid. */
export interface EndpointCall {
  readonly caller: Caller;
  readonly body: string;
  readonly contentType: string | undefined;
  readonly query: URLSearchParams;
  /** What stands in the path where the route has a parameter. */
  readonly parameter: string;
}

/** Answers, or throws a Refusal. */
export type Endpoint = (call: EndpointCall, account: EmulatedAccount) => Reply;
