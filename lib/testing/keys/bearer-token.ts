const BEARER = /^bearer (.*)$/is;

/**
 * The token of an `Authorization: Bearer …` header, exactly as it stands there: a blank too many makes
 * it another token, as it would for Cohere. `undefined` where there is none.
 */
export function bearerToken(header: string | undefined): string | undefined {
  const token = BEARER.exec(header ?? '')?.[1];
  return token === undefined || token.trim() === '' ? undefined : token;
}
