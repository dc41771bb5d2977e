import { Agent, type Dispatcher } from 'undici';
import { onTestFinished } from 'vitest';

export const COHERE_URL = 'https://api.cohere.com';

/** Lets a stand-in answer whatever host is asked, Cohere's own too; its connections end with the test. */
export function answeredBy(standIn: string): Dispatcher {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return agent.compose(
    (dispatch) => (options, handler) => dispatch({ ...options, origin: standIn }, handler),
  );
}
