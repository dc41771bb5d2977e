import { element, link, withLinks } from './dom.js';

/** @import { Problem } from './api.js' */

/**
 * The card in place of a ranking: the problem, and how to fix it.
 *
 * @param {Problem} problem
 * @param {readonly Node[]} actions what helps at once, such as a button
 */
export function problemCard({ status, title, code, fix, docs, retryAfterMs, raw }, actions) {
  const card = element('section', { class: 'panel problem', 'aria-labelledby': 'problem-title' });
  const labels = element('p', { class: 'labels' });
  if (status > 0) {
    labels.append(element('span', { class: 'label status' }, `HTTP ${status}`));
  }
  if (code !== undefined) {
    labels.append(element('code', { class: 'label' }, code));
  }
  if (retryAfterMs !== undefined) {
    const seconds = Math.ceil(retryAfterMs / 1_000);
    labels.append(element('span', { class: 'label' }, `retry after ${seconds} s`));
  }
  if (labels.hasChildNodes()) {
    card.append(labels);
  }
  card.append(element('h2', { id: 'problem-title' }, title));
  if (fix.length > 0) {
    card.append(
      element('h3', {}, 'How to fix it'),
      element('ol', { class: 'fix' }, ...fix.map(stepItem)),
    );
  }
  const more = element('div', { class: 'actions' }, ...actions);
  if (docs !== undefined) {
    more.append(link(docs, 'About this error code'));
  }
  if (more.hasChildNodes()) {
    card.append(more);
  }
  if (raw !== undefined) {
    card.append(
      element(
        'details',
        { class: 'raw' },
        element('summary', {}, 'Raw response'),
        element('pre', { tabindex: '0', 'aria-label': 'Raw response' }, raw),
      ),
    );
  }
  return card;
}

/**
 * The banner above results that Cohere could not rank.
 *
 * @param {{ code: string, fix: readonly string[] }} degraded
 */
export function degradedBanner({ code, fix }) {
  return element(
    'section',
    { class: 'panel degraded', 'aria-labelledby': 'degraded-title' },
    element('p', { class: 'labels' }, element('code', { class: 'label' }, code)),
    element('h2', { id: 'degraded-title' }, 'Not reranked'),
    element(
      'p',
      {},
      'Cohere cannot rank now, so the results are in the order of the keyword index.',
    ),
    element('ol', { class: 'fix' }, ...fix.map(stepItem)),
  );
}

/** @param {string} step */
function stepItem(step) {
  return element('li', {}, element('span', {}, ...withLinks(step)));
}
