import { authenticate } from '../keys/authenticate.js';
import type { EmulatedModel } from '../models/model-catalogue.js';
import { jsonReply } from '../wire/reply.js';
import type { Endpoint } from './endpoint.interface.js';

/** `GET /v1/models/{model}`, https://docs.cohere.com/reference/get-model */
export const getModel: Endpoint = ({ credential, parameter }, { models }) => {
  authenticate(credential);
  return jsonReply(200, describeModel(models.find(parameter)));
};

export function describeModel(model: EmulatedModel): Readonly<Record<string, unknown>> {
  return {
    name: model.name,
    is_deprecated: model.isDeprecated ?? false,
    endpoints: model.endpoints,
    finetuned: false,
    context_length: model.contextLength,
    tokenizer_url: '',
    default_endpoints: model.defaultEndpoints ?? [],
    features: null,
  };
}
