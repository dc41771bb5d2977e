/** Words that say how a question is asked, not what it is about. English, as is most test text. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about after again all am an and any are as at be because been before being but by can could did do does ' +
    'doing down during each few for from further get gets getting got had has have having he her here hers him his ' +
    'how i if in into is it its just let like may me more most must my no nor not now of off on once only or other ' +
    'our ours out over own please shall she should so some such than that the their theirs them then there these ' +
    'they this those through to too under until up us very was we were what when where which while who whom whose ' +
    'why will with without would you your yours'
  ).split(' '),
);
