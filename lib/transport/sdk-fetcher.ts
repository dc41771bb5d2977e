import type { CohereClientV2 } from 'cohere-ai';

/** The SDK's option that replaces its whole transport. It does not export the type. */
export type SdkFetcher = NonNullable<ConstructorParameters<typeof CohereClientV2>[0]['fetcher']>;
export type SdkRequest = Parameters<SdkFetcher>[0];
