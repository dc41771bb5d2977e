import type { Reply } from '../wire/reply.js';

/** How a reply goes out: whole, in part, or not at all. */
export type Delivery =
  | { readonly kind: 'whole'; readonly reply: Reply; readonly delayMs?: number }
  | { readonly kind: 'part'; readonly reply: Reply; readonly ending: 'hang' | 'reset' | 'close' }
  | { readonly kind: 'none'; readonly ending: 'hang' | 'reset' };
