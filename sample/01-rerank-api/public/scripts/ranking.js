import { element } from './dom.js';
import { excerpt, marked } from './passages.js';

/** @import { Candidate, Ranking, Result } from './api.js' */

/** Candidates that are listed; those that made it to the top are listed wherever they stood. */
const MAX_LISTED = 25;

/**
 * The candidates before and after the rerank, side by side.
 *
 * @param {Ranking} ranking
 * @param {number} roundTripMs
 */
export function rankingView(ranking, roundTripMs) {
  const { results, explanation } = ranking;
  if (results.length === 0) {
    return element(
      'section',
      { class: 'panel empty' },
      element('h2', {}, 'Nothing matches.'),
      element('p', {}, 'No article is relevant to this question. Ask it in other words.'),
    );
  }
  const before = new Map(explanation.candidates.map(({ id }, index) => [id, index + 1]));
  const after = new Map(results.map(({ id }, index) => [id, index + 1]));
  return element(
    'div',
    { class: 'ranked' },
    statistics(ranking, roundTripMs),
    element(
      'div',
      { class: 'columns' },
      beforeColumn(explanation.candidates, after),
      afterColumn(results, before, ranking.degraded === undefined),
    ),
  );
}

/**
 * One sentence for people who do not see the moves.
 *
 * @param {Ranking} ranking
 */
export function summary({ results, explanation }) {
  const [best] = results;
  if (best === undefined) {
    return 'No results.';
  }
  const was = explanation.candidates.findIndex(({ id }) => id === best.id) + 1;
  const move = was === 1 ? 'also first before the rerank' : `number ${was} before the rerank`;
  return `${results.length} of ${explanation.candidates.length} candidates. Best: ${best.title}, ${move}.`;
}

/**
 * @param {Ranking} ranking
 * @param {number} roundTripMs
 */
function statistics({ usage, model, explanation }, roundTripMs) {
  /** @type {readonly (readonly [string, string])[]} */
  const facts = [
    ['Rerank', `${explanation.rerankMs} ms`],
    ['Round trip', `${roundTripMs} ms`],
    ['Candidates', String(explanation.candidates.length)],
    ['Search units', amount(usage.searchUnits)],
    ['Input tokens', amount(usage.inputTokens)],
    [
      'Requests',
      usage.retries > 0 ? `${usage.requests}, ${usage.retries} retried` : String(usage.requests),
    ],
    ['Model', model],
  ];
  return element(
    'dl',
    { class: 'panel facts' },
    ...facts.map(([name, value]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, value)),
    ),
  );
}

/** @param {number | undefined} value */
function amount(value) {
  return value === undefined ? 'not reported' : value.toLocaleString('en');
}

/**
 * @param {readonly Candidate[]} candidates
 * @param {ReadonlyMap<string, number>} after
 */
function beforeColumn(candidates, after) {
  const highest = Math.max(...candidates.map(({ wordScore }) => wordScore), Number.MIN_VALUE);
  const listed = candidates
    .map((candidate, index) => ({ candidate, rank: index + 1 }))
    .filter(({ candidate, rank }) => rank <= MAX_LISTED || after.has(candidate.id));
  const column = element(
    'section',
    { class: 'before', 'aria-labelledby': 'before-title' },
    element(
      'header',
      {},
      element('h2', { id: 'before-title' }, 'Before'),
      element('p', {}, 'matched by keywords'),
    ),
    element(
      'ol',
      {},
      ...listed.map(({ candidate, rank }) =>
        candidateRow(candidate, rank, after.get(candidate.id), candidate.wordScore / highest),
      ),
    ),
  );
  if (listed.length < candidates.length) {
    column.append(element('p', { class: 'more' }, `and ${candidates.length - listed.length} more`));
  }
  return column;
}

/**
 * @param {Candidate} candidate
 * @param {number} rank
 * @param {number | undefined} newRank
 * @param {number} share of the highest score
 */
function candidateRow({ id, language, title }, rank, newRank, share) {
  const row = element(
    'li',
    { 'data-id': id, value: String(rank) },
    element('span', { class: 'rank', 'aria-hidden': 'true' }, String(rank)),
    element('span', { class: 'title', lang: language, title }, title),
  );
  if (newRank !== undefined) {
    row.classList.add('kept');
    row.append(
      element(
        'a',
        { class: 'jump', href: `#result-${newRank}`, 'aria-label': `now number ${newRank}` },
        `→ ${newRank}`,
      ),
    );
  }
  row.append(scoreBar(share));
  return row;
}

/**
 * @param {readonly Result[]} results
 * @param {ReadonlyMap<string, number>} before
 * @param {boolean} isReranked
 */
function afterColumn(results, before, isReranked) {
  return element(
    'section',
    { class: 'after', 'aria-labelledby': 'after-title' },
    element(
      'header',
      {},
      element('h2', { id: 'after-title' }, 'After'),
      element('p', {}, isReranked ? 'reranked by relevance' : 'not reranked'),
    ),
    element(
      'ol',
      {},
      ...results.map((result, index) => resultCard(result, index + 1, before.get(result.id))),
    ),
  );
}

/**
 * @param {Result} result
 * @param {number} rank
 * @param {number | undefined} oldRank
 */
function resultCard(
  { id, language, title, text, category, relevanceScore, passages = [] },
  rank,
  oldRank,
) {
  const inTitle = passages.filter(({ field }) => field === 'title');
  const inText = passages.filter(({ field }) => field === 'text');
  return element(
    'li',
    { id: `result-${rank}`, 'data-id': id, 'data-move': direction(rank, oldRank), tabindex: '-1' },
    element('span', { class: 'rank', 'aria-hidden': 'true' }, String(rank)),
    element(
      'div',
      { class: 'head' },
      element('h3', { lang: language }, ...marked(title, inTitle)),
      moveBadge(rank, oldRank),
    ),
    element(
      'p',
      { class: 'score' },
      scoreBar(relevanceScore),
      element('span', { class: 'visually-hidden' }, 'Relevance '),
      element('span', { class: 'number' }, relevanceScore.toFixed(3)),
      element('span', { class: 'category' }, category),
    ),
    element('p', { class: 'excerpt', lang: language }, ...excerpt(text, inText)),
    element(
      'details',
      {},
      element(
        'summary',
        {},
        'Whole article',
        element('span', { class: 'visually-hidden', lang: language }, `: ${title}`),
      ),
      element('p', { lang: language }, ...marked(text, inText)),
    ),
  );
}

/**
 * @param {number} rank
 * @param {number | undefined} oldRank
 */
function direction(rank, oldRank) {
  if (oldRank === undefined || oldRank === rank) {
    return 'same';
  }
  return oldRank > rank ? 'up' : 'down';
}

/**
 * @param {number} rank
 * @param {number | undefined} oldRank
 */
function moveBadge(rank, oldRank) {
  const places = Math.abs((oldRank ?? rank) - rank);
  const { sign, words } = {
    up: { sign: `↑ ${places}`, words: `up ${places} from number ${oldRank}` },
    down: { sign: `↓ ${places}`, words: `down ${places} from number ${oldRank}` },
    same: { sign: '=', words: 'not moved' },
  }[direction(rank, oldRank)];
  return element(
    'span',
    { class: 'move' },
    element('span', { 'aria-hidden': 'true' }, sign),
    element('span', { class: 'visually-hidden' }, words),
  );
}

/** @param {number} share 0 to 1 */
function scoreBar(share) {
  const fill = element('span');
  fill.style.inlineSize = `${Math.min(Math.max(share, 0.01), 1) * 100}%`;
  return element('span', { class: 'score-bar', 'aria-hidden': 'true' }, fill);
}
