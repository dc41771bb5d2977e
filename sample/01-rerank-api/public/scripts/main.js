import { readStatus, search } from './api.js';
import { byId, element, prefersReducedMotion } from './dom.js';
import { changeKey, hasEmulator, learnFromSearch, onKeyChange, showStatus } from './key-panel.js';
import { showMoves } from './moves.js';
import { degradedBanner, problemCard } from './problem.js';
import { rankingView, summary } from './ranking.js';

/** @import { Problem, Ranking } from './api.js' */

const EXAMPLES = [
  { text: 'how do I pay less as a charity or school', language: 'en' },
  { text: 'charge interest when a client pays late', language: 'en' },
  { text: 'I lost my phone and cannot sign in', language: 'en' },
  { text: 'パスワードを忘れた', language: 'ja' },
];

/** A quick answer moves nothing on the page. */
const WAITING_AFTER_MS = 200;
const SLOW_AFTER_MS = 1_500;
/** Longer queries are searched for, but not kept in the address. */
const MAX_QUERY_IN_ADDRESS = 500;

const form = byId('search', HTMLFormElement);
const query = byId('query', HTMLInputElement);
const topN = byId('top-n', HTMLSelectElement);
const keepResults = byId('keep-results', HTMLInputElement);
const hint = byId('query-hint', HTMLElement);
const outcome = byId('outcome', HTMLElement);
const waiting = byId('waiting', HTMLElement);
const announcement = byId('announcement', HTMLElement);

/** The search under way; the latest one wins. */
let current = new AbortController();

async function runSearch() {
  const text = query.value.trim();
  hint.hidden = text !== '';
  query.toggleAttribute('aria-invalid', text === '');
  if (text === '') {
    query.focus();
    announce('Type a question first.');
    return;
  }
  current.abort();
  const mine = new AbortController();
  current = mine;
  keepInAddress(text);
  const stopWaiting = showWaiting();
  const startedAt = performance.now();
  try {
    /** @type {'original-order' | 'throw'} */
    const onFailure = keepResults.checked ? 'original-order' : 'throw';
    const request = { query: text, topN: Number(topN.value), onFailure };
    const answer = await search(request, mine.signal);
    const roundTripMs = Math.round(performance.now() - startedAt);
    if ('problem' in answer) {
      showProblem(answer.problem);
    } else {
      showRanking(answer.ranking, roundTripMs);
    }
  } catch (error) {
    if (!mine.signal.aborted) {
      throw error;
    }
  } finally {
    if (current === mine) {
      stopWaiting();
    }
  }
}

/**
 * @param {Ranking} ranking
 * @param {number} roundTripMs
 */
function showRanking(ranking, roundTripMs) {
  const view = rankingView(ranking, roundTripMs);
  const { degraded } = ranking;
  outcome.replaceChildren(...(degraded === undefined ? [] : [degradedBanner(degraded)]), view);
  bringIntoView();
  showMoves(view);
  learnFromSearch(degraded && { code: degraded.code, title: 'Cohere cannot rank' });
  announce(degraded === undefined ? summary(ranking) : `Not reranked: ${degraded.code}.`);
}

/** @param {Problem} problem */
function showProblem(problem) {
  outcome.replaceChildren(problemCard(problem, [helpFor(problem)]));
  bringIntoView();
  learnFromSearch(problem);
  const [first = ''] = problem.fix;
  announce(`No results. ${problem.title} ${first}`);
}

/** On a phone the outcome is below the fold. */
function bringIntoView() {
  if (outcome.getBoundingClientRect().top > innerHeight * 0.75) {
    outcome.scrollIntoView({ behavior: prefersReducedMotion() ? 'auto' : 'smooth' });
  }
}

/** @param {Problem} problem */
function helpFor({ code }) {
  if (hasEmulator() && code?.startsWith('COHERE_API_KEY_') === true) {
    const restore = element('button', { type: 'button' }, 'Restore the key and search again');
    restore.addEventListener('click', () => void changeKeyAndSearch('restore'));
    return restore;
  }
  const again = element('button', { type: 'button' }, 'Search again');
  again.addEventListener('click', () => form.requestSubmit());
  return again;
}

/** @param {string} action */
async function changeKeyAndSearch(action) {
  const problem = await changeKey(action);
  if (problem !== undefined) {
    showProblem(problem);
    return;
  }
  query.value ||= EXAMPLES[0]?.text ?? '';
  await runSearch();
}

/** @returns {() => void} ends the waiting */
function showWaiting() {
  outcome.setAttribute('aria-busy', 'true');
  const timers = [
    setTimeout(() => {
      waiting.hidden = false;
      waiting.textContent = 'Searching…';
    }, WAITING_AFTER_MS),
    setTimeout(() => {
      waiting.textContent = 'Still waiting for the ranking…';
      announce('Still waiting for the ranking.');
    }, SLOW_AFTER_MS),
  ];
  const stopTimers = () => timers.forEach((timer) => clearTimeout(timer));
  // An earlier search leaves what it shows to the one that replaced it.
  current.signal.addEventListener('abort', stopTimers);
  return () => {
    stopTimers();
    waiting.hidden = true;
    outcome.removeAttribute('aria-busy');
  };
}

/** @param {string} text */
function keepInAddress(text) {
  const address = new URL(location.href);
  if (text.length > MAX_QUERY_IN_ADDRESS) {
    address.searchParams.delete('q');
  } else {
    address.searchParams.set('q', text);
  }
  history.replaceState(null, '', address);
}

/** @param {string} text */
function announce(text) {
  announcement.textContent = text;
}

function listExamples() {
  byId('examples', HTMLElement).replaceChildren(
    ...EXAMPLES.map(({ text, language }) => {
      const button = element('button', { type: 'button', lang: language }, text);
      button.addEventListener('click', () => {
        query.value = text;
        void runSearch();
      });
      return element('li', {}, button);
    }),
  );
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void runSearch();
});
for (const setting of [topN, keepResults]) {
  setting.addEventListener('change', () => {
    if (query.value.trim() !== '') {
      void runSearch();
    }
  });
}
onKeyChange((action) => void changeKeyAndSearch(action));
listExamples();
showStatus(await readStatus());

const asked = new URL(location.href).searchParams.get('q');
if (asked !== null && asked.trim() !== '') {
  query.value = asked;
  await runSearch();
}
