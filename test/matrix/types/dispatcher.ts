import type { CohereModuleOptions } from 'nestjs-cohere';
import { Agent as Agent6 } from 'undici-6';
import { Agent as Agent7, ProxyAgent as ProxyAgent7 } from 'undici-7';
import { Agent as Agent8, ProxyAgent as ProxyAgent8 } from 'undici-8';

export const options: readonly CohereModuleOptions[] = [
  { dispatcher: new Agent6() },
  { dispatcher: new Agent7() },
  { dispatcher: new ProxyAgent7('http://127.0.0.1:3128') },
  { dispatcher: new Agent7().compose((dispatch) => dispatch) },
  { dispatcher: new Agent8() },
  { dispatcher: new ProxyAgent8('http://127.0.0.1:3128') },
];

// @ts-expect-error: it sends nothing.
export const wrong: CohereModuleOptions = { dispatcher: new EventTarget() };
