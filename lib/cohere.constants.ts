/** Tokens inside one instance of the module; plain strings, so that two copies of the library agree. */
export const COHERE_CONFIGURATION = 'COHERE_CONFIGURATION';
export const COHERE_CALL_SITE = 'COHERE_CALL_SITE';
export const COHERE_TRANSPORT = 'COHERE_TRANSPORT';
export const COHERE_API_KEY_HOLDER = 'COHERE_API_KEY_HOLDER';
/** The instance's own RerankService, whatever its public token is. */
export const COHERE_RERANK = 'COHERE_RERANK';
export const COHERE_STARTUP_CHECK = 'COHERE_STARTUP_CHECK';
