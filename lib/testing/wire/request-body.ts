/** The body of a request, parsed once for the journal and the endpoint alike. */
export interface RequestBody {
  readonly text: string;
  /** The JSON value; `undefined` where there is none. */
  readonly value: unknown;
  /** Why the text is no JSON; `undefined` where it is. */
  readonly syntaxError: string | undefined;
}

export function parseRequestBody(text: string): RequestBody {
  try {
    return { text, value: JSON.parse(text), syntaxError: undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { text, value: undefined, syntaxError: reason };
  }
}
