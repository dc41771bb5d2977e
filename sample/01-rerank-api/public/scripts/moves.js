import { prefersReducedMotion } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const FLIGHT_MS = 650;
const STAGGER_MS = 55;
const EASING = 'cubic-bezier(.2, .8, .2, 1)';

/** @type {ResizeObserver | undefined} */
let observer;

/**
 * Shows where each result came from: a line from its row to its card, which flies there.
 *
 * @param {HTMLElement} view made by `rankingView`
 */
export function showMoves(view) {
  observer?.disconnect();
  const columns = view.querySelector('.columns');
  if (!(columns instanceof HTMLElement)) {
    return;
  }
  const lines = document.createElementNS(SVG, 'svg');
  lines.setAttribute('class', 'lines');
  lines.setAttribute('aria-hidden', 'true');
  columns.append(lines);
  const pairs = pairsOf(columns, lines);
  highlightTogether(columns, pairs);
  drawLines(columns, pairs);
  // A card that is unfolded, or a window that changes, moves the ends of the lines.
  observer = new ResizeObserver(() => drawLines(columns, pairs));
  observer.observe(columns);
  for (const { card } of pairs) {
    observer.observe(card);
  }
  if (!prefersReducedMotion()) {
    fly(columns, pairs);
  }
}

/** @typedef {{ row: HTMLElement, card: HTMLElement, line: SVGPathElement }} Pair */

/**
 * @param {HTMLElement} columns
 * @param {SVGSVGElement} lines
 * @returns {Pair[]}
 */
function pairsOf(columns, lines) {
  const rows = new Map(
    [...columns.querySelectorAll('.before li')].map((row) => [row.getAttribute('data-id'), row]),
  );
  return [...columns.querySelectorAll('.after li')].flatMap((card) => {
    const row = rows.get(card.getAttribute('data-id'));
    if (!(row instanceof HTMLElement) || !(card instanceof HTMLElement)) {
      return [];
    }
    const line = document.createElementNS(SVG, 'path');
    line.setAttribute('data-move', card.dataset['move'] ?? 'same');
    line.setAttribute('pathLength', '1');
    lines.append(line);
    return [{ row, card, line }];
  });
}

/**
 * @param {HTMLElement} columns
 * @param {readonly Pair[]} pairs
 */
function drawLines(columns, pairs) {
  for (const { row, card, line } of pairs) {
    const from = boxIn(columns, row);
    const rank = card.querySelector('.rank');
    const to = boxIn(columns, rank instanceof HTMLElement ? rank : card);
    const start = from.left + from.width;
    const end = boxIn(columns, card).left;
    if (end <= start) {
      // One column under the other: the badges tell the move.
      line.removeAttribute('d');
      continue;
    }
    const startY = from.top + from.height / 2;
    const endY = to.top + to.height / 2;
    const bend = (end - start) * 0.55;
    line.setAttribute(
      'd',
      `M${start} ${startY} C${start + bend} ${startY} ${end - bend} ${endY} ${end} ${endY}`,
    );
  }
}

/**
 * Returns the place of an element, also while the element still flies there; `getBoundingClientRect` would return where
 * it is now.
 *
 * @param {HTMLElement} frame
 * @param {HTMLElement} inner
 */
function boxIn(frame, inner) {
  let left = 0;
  let top = 0;
  /** @type {Element | null} */
  let at = inner;
  while (at instanceof HTMLElement && at !== frame) {
    left += at.offsetLeft;
    top += at.offsetTop;
    at = at.offsetParent;
  }
  return { left, top, width: inner.offsetWidth, height: inner.offsetHeight };
}

/**
 * @param {HTMLElement} columns
 * @param {readonly Pair[]} pairs
 */
function highlightTogether(columns, pairs) {
  for (const { row, card, line } of pairs) {
    const together = [row, card, line];
    const set = (/** @type {boolean} */ active) => {
      columns.classList.toggle('has-active', active);
      together.forEach((part) => part.classList.toggle('active', active));
    };
    for (const part of [row, card]) {
      part.addEventListener('pointerenter', () => set(true));
      part.addEventListener('pointerleave', () => set(false));
      part.addEventListener('focusin', () => set(true));
      part.addEventListener('focusout', () => set(false));
    }
  }
}

/**
 * @param {HTMLElement} columns
 * @param {readonly Pair[]} pairs
 */
function fly(columns, pairs) {
  const isSideBySide = getComputedStyle(columns).gridTemplateColumns.includes(' ');
  pairs.forEach(({ row, card, line }, index) => {
    const from = row.getBoundingClientRect();
    const to = card.getBoundingClientRect();
    const shift = isSideBySide
      ? `translate(${from.left - to.left}px, ${from.top - to.top}px) scale(.96)`
      : 'translateY(16px)';
    const timing = /** @type {const} */ ({
      duration: FLIGHT_MS,
      delay: index * STAGGER_MS,
      easing: EASING,
      fill: 'backwards',
    });
    card.animate(
      [
        { transform: shift, opacity: 0 },
        { opacity: 1, offset: 0.4 },
        { transform: 'none', opacity: 1 },
      ],
      timing,
    );
    line.animate([{ strokeDashoffset: 1 }, { strokeDashoffset: 0 }], timing);
  });
}
