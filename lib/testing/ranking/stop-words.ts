import { stem } from './stem.js';

/**
 * The stems of words that say how a question is asked, not what it is about. English, as is most test
 * text; contractions stand without their apostrophe.
 */
export const STOP_TERMS: ReadonlySet<string> = new Set(
  (
    'a about after again all also am an and any are arent as at be because been before being but by can cant cannot ' +
    'could couldnt did didnt do does doesnt doing dont down during each few for from further get gets getting got had ' +
    'has hasnt have havent having he her here hers him his how hows i id if im in into is isnt it its ive just let lets ' +
    'like may me more most must my no nor not now of off on once only or other our ours out over own please shall she ' +
    'should shouldnt so some such than that thats the their theirs them then there theres these they theyre this those ' +
    'through to too under until up us very was wasnt we were what whats when where which while who whom whose why will ' +
    'with without wont would wouldnt you your youre yours'
  )
    .split(' ')
    .map(stem),
);
